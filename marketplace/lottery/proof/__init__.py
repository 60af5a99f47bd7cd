"""The verifier: re-derives a draw from its published files alone, with Python's standard library alone.

Nothing here knows the rest of the house, and the draw itself shares no code with it, so that the two check each
other. `bundle.py` joins these modules into the single `verify.py` that is published beside each draw. What they do is
written down in docs/reference/draw.md, exactly enough for somebody else to do it in another language.
"""
