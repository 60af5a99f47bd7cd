"""Health findings at stores. An open critical finding hides the store at once."""
