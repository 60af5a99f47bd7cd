"""Suspicions of abuse: what a signal measured, whom it concerns, what they say to it, and what officials decide.

Words: a *signal* is a rule over figures with its thresholds in the policy; a *suspicion* is a case that a signal filed
about one *subject*, a shopper or a store; a *fact* is one line of its evidence; a *verdict* is how it ends.
Promises: a signal changes nothing for anybody. Whoever is suspected is asked first and reads everything that is said
of them; a verdict that takes something follows their answer or its deadline, with a reason that they are given.
"""
