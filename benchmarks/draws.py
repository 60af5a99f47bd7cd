"""How long a draw of a given size takes to list, to draw and to verify, and how much memory it needs.

`python -m benchmarks.draws 10 10000 1000000`: persons; each has one entry, of 1 to 19 chances (ten in the mean). Each
step is a process of its own. The third verifier needs Node.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from marketplace.lottery.draw import Entry
from marketplace.lottery.publishing import in_published_order
from tests.factories.draws import publish

THIRD = Path(__file__).parent.parent / "tests" / "verifiers" / "verify.mjs"


def make(folder: Path, persons: int) -> None:
    """List, root, draw and signatures; entries as the database gives them."""
    entries = in_published_order(
        Entry(f"{(n * 2_654_435_761) % 2**64:032x}", f"{n:064x}", n * 7 % 19 + 1) for n in range(persons)
    )
    publish(folder, entries, skipped=min(persons, 3))


def main(sizes: list[int]) -> None:
    for persons in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            steps = {
                "list and draw": [sys.executable, "-m", "benchmarks.draws", "--make", name, str(persons)]
            }
            steps["verify.py"] = [sys.executable, "-c", VERIFY, name]
            if node := shutil.which("node"):
                steps["verify.mjs"] = [node, "--no-warnings", "--max-old-space-size=4096", str(THIRD), name]
            told: dict[str, object] = {"persons": persons}
            for step, command in steps.items():
                began = time.perf_counter()
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                holds = done.returncode == 0 and '"wrong":{' not in done.stdout
                told[step] = {
                    "holds": holds,
                    "wall_s": round(time.perf_counter() - began, 1),
                    "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
                    "most_mib_so_far": after.ru_maxrss // 1024,
                }
            told["entries_mib"] = round((folder / "entries.csv").stat().st_size / 2**20, 1)
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()


VERIFY = "import sys; from marketplace.lottery.proof.check import main; sys.exit(main(sys.argv[1:]))"

if __name__ == "__main__":
    if sys.argv[1] == "--make":
        make(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main([int(text) for text in sys.argv[1:]])
