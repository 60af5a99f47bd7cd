"""Numbers of the festival, each a row with the moment from which it holds.

Old cases are judged by the policy of their own moment: every verb asks `policy_at(at)`.
"""
