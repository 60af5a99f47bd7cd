"""The guarantee fund: it pays part of a loss, and gets it back from the store.

A *claim* (درخواست جبران) is what a shopper asks of the fund after a complaint led to nothing; adjudicators decide it
in writing; what was approved is *reserved* on the fund and paid, once; *recourse* (بازیافت) is what the store then owes
the fund. The fund never promises what it does not have: what cannot be reserved waits for the end of the month. Its
book is public. `docs/reference/claims.md` tells the rules.
"""
