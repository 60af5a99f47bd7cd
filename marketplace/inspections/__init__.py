"""Health at stores: guidelines that each store acknowledges, visits by a checklist, findings and their mending.

Promises: a visit is recorded once, however often its report is sent; an open critical finding hides the store in the
same transaction; a finding is cleared by a visit alone; what was answered, said and acknowledged is written once.
"""
