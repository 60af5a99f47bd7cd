"""Stores and what makes them trustworthy: members, seals, union licences, clearances.

A member of one store never reads another: rows are loaded through the membership.
"""
