"""What the public is told in numbers: sums by day that are kept up to date from the rows and equal a recount of them.

A page of figures reads these sums alone, so that it costs the same after a thousand orders and after a million.
"""
