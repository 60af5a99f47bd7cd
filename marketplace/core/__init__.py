"""What every slice stands on: database, transactions, time, money, errors, texts.

Promises: reading is the default and writing is a block (`unit_of_work`); every failure that a person
can meet is a `MarketplaceError` with a status and a code; time and money have one type each.
Knows no other part of the marketplace.
"""
