"""Load generators run in processes of their own: what they cost is not the server's."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def in_a_process(module: str, plan: dict[str, Any]) -> dict[str, Any]:
    """What `python -m module` writes as JSON, given a plan as JSON. Raises RuntimeError with its complaint."""
    done = subprocess.run(
        [sys.executable, "-m", module], input=json.dumps(plan), text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the load generator failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
