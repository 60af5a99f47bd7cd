"""The JSON API: the same verbs, rules and rights as the pages, for programs.

Promises: money is whole toman and moments are UTC with Z; every refusal is a problem document with a code and all
its reasons; an unsafe call with an `Idempotency-Key` has one effect and one answer; what a body says of prices,
shipping sums or entries is never read. `shapes/` turns frozen records into documents, `schemas/` describe them.
"""
