"""How fast the house is: the real server under load, measured in processor time per request.

`make bench` runs all of it; `python -m benchmarks.profile /search` shows where the time of one page goes.
"""
