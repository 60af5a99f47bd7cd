"""What shoppers say of goods: reviews of delivered purchases, questions with answers, wishes.

Words: a *review* is of one line of a delivered order, an *answer* is by the store or by somebody who bought the
product, a *wish* is an offer that somebody keeps an eye on. What a first filter finds insulting or personal is held
for the office; what is removed keeps its reason and can be seen by its author.
"""
