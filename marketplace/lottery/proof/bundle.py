"""Makes the one file `verify.py` out of the modules of this package, for people who have nothing but Python."""

from __future__ import annotations

import re
from pathlib import Path

MODULES = (
    "published",
    "tree",
    "stream",
    "ed25519",
    "isogeny",
    "bls",
    "beacon",
    "picking",
    "check",
)
_OURS = re.compile(r"^from marketplace\.lottery\.proof[^\n]* import (?:\([^)]*\)|[^\n]*)\n", re.MULTILINE)
_FUTURE = "from __future__ import annotations\n"
_HEAD = '''#!/usr/bin/env python3
"""Verifies a draw of the festival from its published files, with Python's standard library alone.

    python3 verify.py DIR

DIR holds manifest.json, entries.csv and result.json as published. Exits 0 when everything holds, or names the first
thing that is wrong. What is done here is described in the document on the draw, for those who would rather write
their own.
"""

from __future__ import annotations

'''


def verify_program() -> bytes:
    """The text of `verify.py`: the modules one after the other, their imports of each other left out."""
    folder = Path(__file__).parent
    standard: set[str] = set()
    bodies = []
    for name in MODULES:
        text = _OURS.sub("", (folder / f"{name}.py").read_text("utf-8")).replace(_FUTURE, "")
        told, _, body = text.removeprefix('"""').partition('"""\n')
        lines = body.splitlines()
        standard.update(line for line in lines if line.startswith(("import ", "from ")))
        kept = "\n".join(line for line in lines if not line.startswith(("import ", "from "))).strip("\n")
        bodies.append(f"# ===== {name}: {' '.join(told.split())}\n\n{kept}\n")
    end = '\n\nif __name__ == "__main__":\n    sys.exit(main(sys.argv[1:]))\n'
    return (_HEAD + "\n".join(sorted(standard)) + "\n\n\n" + "\n\n".join(bodies) + end).encode("utf-8")
