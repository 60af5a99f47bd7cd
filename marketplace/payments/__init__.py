"""Payments: asking a gateway for money, hearing of it, giving it back.

Promises: the gateway is asked, never believed; one payment is captured at most once; what came against
the rules is given back. Knows what is paid by a text reference alone.
"""
