"""Buying: cart, checkout, holds, store orders, fulfilment.

Promises: prices, shipping, kits and entries are computed here from the database, never taken from a browser;
a store order without its hygiene kit cannot be written; stock is decided by one conditional statement.
"""
