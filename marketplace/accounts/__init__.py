"""People: who they are, how they sign in, what they may do.

Promises: a code or a session works once and for its own person; secrets are stored as hashes; rights are
read anew in every request, so that a withdrawn role ends at once.
"""
