"""Payment gateways: the port (`port.py`) and its adapters.

The port speaks toman, aware UTC moments and our own references; an adapter speaks one gateway's
language. Promise: a result says what the gateway *says*; whether it is true for a payment of ours is
decided by the domain, which asks again.
"""
