"""The festival: editions, pledges, applications, offers, and THE predicate of admission.

Promises: what shoppers may see and buy is decided in `admission.py` alone, as SQL for lists and as an
explanation for one offer, and both say the same.
"""
