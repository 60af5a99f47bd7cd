"""What stores sell: categories, products, variants, and a price history that nobody rewrites."""
