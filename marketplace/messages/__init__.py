"""Messages to people: put in the outbox with the news they tell, sent later, each at least once.

A failing notice cannot undo what it tells of.
"""
