"""Makes the one file `verify.py` out of the modules of this package, for people who have nothing but Python."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_MODULES = (
    _HERE.parent.parent / "lottery" / "proof" / "ed25519.py",
    _HERE / "audit_log.py",
    _HERE / "box.py",
    _HERE / "program.py",
)
_OURS = re.compile(r"^from marketplace\.[^\n]* import (?:\([^)]*\)|[^\n]*)\n", re.MULTILINE)
_FUTURE = "from __future__ import annotations\n"
_HEAD = '''#!/usr/bin/env python3
"""Checks an exported audit log or a black box of the festival, with Python's standard library alone.

    python3 verify.py FILE [PUBLIC-KEY]

Exits 0 when nothing was altered, or names every part that was. What is done here is described in the documents on the
audit log and the black box, for those who would rather write their own.
"""

from __future__ import annotations

'''


@cache
def verify_program() -> bytes:
    """The text of `verify.py`: the modules one after the other, their imports of each other left out."""
    standard: set[str] = set()
    bodies = []
    for path in _MODULES:
        text = _OURS.sub("", path.read_text("utf-8")).replace(_FUTURE, "")
        told, _, body = text.removeprefix('"""').partition('"""\n')
        lines = body.splitlines()
        standard.update(line for line in lines if line.startswith(("import ", "from ")))
        kept = "\n".join(line for line in lines if not line.startswith(("import ", "from "))).strip("\n")
        bodies.append(f"# ===== {path.stem}: {' '.join(told.split())}\n\n{kept}\n")
    end = '\n\nif __name__ == "__main__":\n    sys.exit(main(sys.argv[1:]))\n'
    return (_HEAD + "\n".join(sorted(standard)) + "\n\n\n" + "\n\n".join(bodies) + end).encode("utf-8")
