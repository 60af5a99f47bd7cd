"""Thousands of orders while something dies: power, processes, the database's server; and controls that must lose."""
