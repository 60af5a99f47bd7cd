"""Stand-ins for services outside: what `bazargah sandbox PORT` runs, so that a partner or a test can try each contract.

`ports.py` answers requests and remembers; `serve.py` puts one of them on an address. The contracts themselves stand in
`docs/reference/ports.md`. Nothing here is asked by a festival that sells.
"""
