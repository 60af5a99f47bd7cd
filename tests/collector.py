"""The garbage collector of a process of tests: it rests while everything is loaded, and does not walk that again.

Otherwise each application that a test makes would send it over all modules, for longer than the making takes. What
tests leave behind it finds as ever.
"""

from __future__ import annotations

import gc

gc.disable()


def begin() -> None:
    """From here on it works; what is loaded by now stays."""
    gc.collect()
    gc.freeze()
    gc.enable()
