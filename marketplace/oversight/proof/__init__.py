"""Checks an exported audit log and a black box from their own bytes. Imports nothing of ours but its neighbours.

`verify.py`, which is published, is these modules one after the other.
"""
