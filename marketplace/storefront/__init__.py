"""The public pages that join admission, catalogue and offers: home, lists, offer, cart, checkout, orders.

Templates and the API see the frozen records of `shown.py` alone.
"""
