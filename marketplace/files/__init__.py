"""Pictures: kept once per content, in sizes, served under names that never change their content."""
