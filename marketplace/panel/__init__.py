"""The store's own pages. Every row is loaded through the membership: another store's id is a 404."""
