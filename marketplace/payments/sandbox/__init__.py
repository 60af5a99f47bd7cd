"""A payment gateway to practise on: a small process of its own that speaks Stripe's API and has a memory.

A foreign party on purpose: it imports nothing of the marketplace, has its own file, clock, money and
secrets. It keeps what Stripe promises where the marketplace leans on it (idempotency keys, states,
expiry, signed events more than once and in any order) and misbehaves on demand (`/control`).

Words: a *session* is a hosted page, an *intent* one payment, an *event* signed news about either.
"""
