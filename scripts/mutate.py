"""Whether the tests of a rule would notice if it were wrong: changes each rule in small ways and runs its tests.

python scripts/mutate.py                     # all rules, as docs/reference/mutation.md tells
python scripts/mutate.py draw shipping       # some of them
python scripts/mutate.py draw --minutes 10   # stops then; called again, goes on
python scripts/mutate.py draw --survivors    # only those that survived the last time

Ends with 1 when fewer than 95 of 100 mutants of a rule are killed, or one survives for which the page gives no reason.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DATABASES"] = "sqlite"

from tests.mutation.changes import Mutant  # noqa: E402
from tests.mutation.hunting import KILLED, SURVIVED, Hunt, Prey, in_child, try_by_import  # noqa: E402

PAGE = Path("docs/reference/mutation.md")
LEAST_PERCENT = 95
SHARED = (
    "flask_sqlalchemy",
    "flask_migrate",
    "flask_login",
    "flask_wtf",
    "flask_smorest",
    "sqlalchemy.orm",
    "psycopg",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "cryptography.fernet",
    "PIL.Image",
    "wtforms",
)
"""Imported once, before the first mutant; nothing of ours and nothing that pytest has to see first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The modules of a rule, and the tests that hold them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


RULES = {
    "ledger": Rule(
        ("ledger/transfers", "ledger/chart", "ledger/invariants", "core/money"),
        (
            "operations/test_ledger",
            "architecture/test_ledger_reference",
            "operations/test_money_invariants",
            "unit/test_core_money",
        ),
    ),
    "fund": Rule(
        ("guarantee/fund_rules", "guarantee/claim_rules"),
        ("unit/test_fund_rules", "unit/test_claim_rules"),
    ),
    "draw": Rule(
        (
            "lottery/draw",
            "lottery/merkle",
            "lottery/rules",
            "lottery/figure_rules",
            "lottery/proof/picking",
            "lottery/proof/tree",
            "lottery/proof/stream",
        ),
        ("unit/test_draw", "unit/test_draw_proof", "unit/test_merkle", "unit/test_entry_rules"),
    ),
    "admission": Rule(
        ("festival/rules", "festival/admission", "festival/policy"),
        (
            "unit/test_admission_rules",
            "unit/test_application_rules",
            "unit/test_offer_honesty",
            "unit/test_pledge_rules",
            "operations/test_admission",
        ),
    ),
    "shipping": Rule(
        ("orders/rules", "policy/tariffs"),
        ("unit/test_shipping_rules", "unit/test_store_order_transitions"),
    ),
}


def main() -> int:
    os.chdir(ROOT)
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("rules", nargs="*", choices=[[], *RULES])
    asked.add_argument("--minutes", type=float, default=600)
    asked.add_argument("--survivors", action="store_true")
    options = asked.parse_args()
    for name in SHARED:
        with suppress(ImportError):
            importlib.import_module(name)
    until = time.monotonic() + options.minutes * 60
    results = [
        hunt(name, options.survivors, lambda: time.monotonic() > until) for name in options.rules or RULES
    ]
    return 0 if all(results) else 1


@dataclass
class Known:
    """What is known of the mutants of a rule, kept under build/ from call to call while nothing of it changes."""

    path: Path
    verdicts: dict[str, str]

    @classmethod
    def read(cls, name: str, stands: str, only_survivors: bool) -> Known:
        path = ROOT / "build" / "mutation" / f"{name}.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if only_survivors:
            kept = {key: told for key, told in kept.items() if told == KILLED}
        elif kept.get("") != stands:
            kept = {}
        return cls(path, {**kept, "": stands})

    def of(self, prey: Prey, mutant: Mutant) -> str | None:
        return self.verdicts.get(f"{prey.path} {mutant.name}")

    def tell(self, prey: Prey, mutant: Mutant, told: str) -> None:
        self.verdicts[f"{prey.path} {mutant.name}"] = told
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.verdicts, indent=1, ensure_ascii=False), encoding="utf-8")

    def read_again(self) -> None:
        if self.path.exists():
            self.verdicts |= json.loads(self.path.read_text(encoding="utf-8"))


def hunt(name: str, only_survivors: bool, is_time_up: Callable[[], bool]) -> bool:
    """Tries the mutants of a rule that are not known yet, and tells what is known."""
    rule = RULES[name]
    tests = [f"tests/{test}.py" for test in rule.tests]
    prey = [Prey.of(Path("marketplace") / f"{module}.py") for module in rule.modules]
    known = Known.read(name, _digest([p.path for p in prey], tests), only_survivors)
    begun = time.monotonic()
    left = [(p, m) for p in prey for m in p.mutants if known.of(p, m) is None]
    if any(m.code or m.table for _, m in left):
        plugin = Hunt(prey, lambda p, m: known.of(p, m) is None, known.tell, is_time_up)
        code = in_child(lambda: plugin.run(tests), 36_000, is_silent=False)
        known.read_again()
        if code:
            print(f"{name}: the tests themselves fail or cannot be run ({code})")
            return False
    for p, m in left:
        if not (m.code or m.table) and not is_time_up():
            known.tell(p, m, try_by_import(p, m, tests, 20))
    print(f"{name}: {time.monotonic() - begun:.0f} s")
    return report(prey, known)


def report(prey: list[Prey], known: Known) -> bool:
    """A line for each module, and for each survivor without a reason one to be filled in."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    is_good = True
    for p in prey:
        told = [(m, known.of(p, m)) for m in p.mutants]
        killed = sum(verdict == KILLED for _, verdict in told)
        survived = [(m, verdict) for m, verdict in told if verdict not in (KILLED, None)]
        missing = len(told) - killed - len(survived)
        percent = 100 * killed / max(len(told), 1)
        is_good = is_good and percent >= LEAST_PERCENT and not missing
        print(f"| `{p.path}` | {len(told)} | {killed} | {len(survived)} | {percent:.1f} |")
        if missing:
            print(f"    {missing} not tried yet")
        for m, verdict in survived:
            row = f"| `{p.path.stem}.{m.where}` | {_cell(m.was)} | {_cell(m.now)} |"
            if row not in page:
                is_good = False
                print("   ", row, f"{m.line}" if verdict == SURVIVED else f"{m.line} {verdict}")
    return is_good


def _cell(text: str) -> str:
    return (
        "`` " + text.replace("|", "\\|") + " ``" if "`" in text else f"`{text.replace('|', chr(92) + '|')}`"
    )


def _digest(paths: list[Path], tests: list[str]) -> str:
    files = [*paths, *map(Path, tests), *sorted(Path("tests/mutation").glob("*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
