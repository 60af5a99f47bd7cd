"""The command of `verify.py`: an exported audit log (JSON) or a black box (tar), and the key as published elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from marketplace.oversight.proof.audit_log import wrong_in_export
from marketplace.oversight.proof.box import unpacked, wrong_in_box


def findings(path: Path, key: str | None) -> list[str]:
    """Everything that is wrong with a file; nothing where it is whole."""
    data = path.read_bytes()
    if data[:1] == b"{":
        try:
            return list(wrong_in_export(json.loads(data), key))
        except (ValueError, KeyError, TypeError) as error:
            return [f"the file cannot be read: {error!r}"]
    return list(wrong_in_box(data, key))


def main(arguments: list[str]) -> int:
    """0 when everything holds, 1 with all that is wrong, 2 when misused."""
    if not 1 <= len(arguments) <= 2 or arguments[0].startswith("-"):
        sys.stdout.write("usage: python3 verify.py FILE [PUBLIC-KEY]\n")
        return 2
    path = Path(arguments[0])
    wrong = findings(path, arguments[1] if len(arguments) == 2 else None)
    for line in wrong:
        sys.stdout.write(f"WRONG  {line}\n")
    if wrong:
        return 1
    if len(arguments) == 1:
        sys.stdout.write("the key was not given: compare it with the published one\n")
    for name in sorted(unpacked(path.read_bytes())[0]):
        sys.stdout.write(f"whole  {name}\n")
    sys.stdout.write("verified: nothing was altered since it was signed\n")
    return 0
