"""Complaints: a shopper's case against a store, answered within seven days, and what comes of it.

A case is `Complaint`; what was said is its messages, never changed; what a store offers carries itself out when the
shopper accepts. The record's rows lie in `stores`; consequences for the seal follow from them alone.
"""
