"""The one book: accounts, transfers, balances.

A transfer moves a positive whole amount from one account to another and carries a key chosen by its
caller; it is never changed, only followed by another. The sum of all balances is zero, always.
"""
