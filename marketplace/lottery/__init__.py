"""The lottery: entries earned by paid store orders. No ticket is ever sold."""
