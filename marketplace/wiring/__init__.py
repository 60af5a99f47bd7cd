"""The tables that join slices, a module a table: what news is heard, what runs by itself, what two persons decide.

Promises: whoever asks what follows from an event, or what runs when, finds it in one row. Knows every slice and is
known to `app.py` alone. `tables.py` puts the tables together; they know nothing of each other.
"""
