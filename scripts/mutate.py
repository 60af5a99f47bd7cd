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
from tests.mutation.hunting import KILLED, NOT_REACHED, Hunt, Learnt, Prey, in_child, try_by_import  # noqa: E402

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
    """The modules of a rule, and the tests that hold them, but for those named in `without`, which take half a minute:
    they draw a hundred thousand times, or check signatures."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()

    @property
    def chosen(self) -> list[str]:
        """What pytest is told."""
        left_out = [f"--deselect=tests/{test}" for test in self.without]
        return [*(f"tests/{test}.py" for test in self.tests), *left_out]


RULES = {
    "ledger": Rule(
        ("ledger/transfers", "ledger/chart", "ledger/invariants", "core/money"),
        (
            "operations/test_ledger",
            "operations/test_ledger_checks",
            "architecture/test_ledger_reference",
            "operations/test_money_invariants",
            "unit/test_core_money",
        ),
    ),
    "fund": Rule(
        ("guarantee/fund_rules", "guarantee/claim_rules"),
        ("unit/test_fund_rules", "unit/test_claim_rules", "unit/test_claim_steps"),
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
        (
            "unit/test_draw",
            "unit/test_draw_proof",
            "unit/test_merkle",
            "unit/test_entry_rules",
            "unit/test_figure_rules",
            "unit/test_award_steps",
        ),
        (
            "unit/test_draw.py::test_everybody_is_drawn_equally_often",
            "unit/test_draw.py::test_all_orders_of_four_come_equally_often",
            "unit/test_draw.py::test_the_yardstick_notices_a_modulo_bias",
            "unit/test_draw.py::test_the_yardstick_notices_a_shuffle_that_is_off_by_one",
            "unit/test_draw_proof.py::test_published_rounds_are_true",
            "unit/test_draw_proof.py::test_another_rounds_signature_is_refused_though_its_digest_fits",
            "unit/test_draw_proof.py::test_forged_bytes_with_a_fitting_digest_are_refused",
            "unit/test_draw_proof.py::test_one_bit_of_the_signature_is_noticed",
            "unit/test_draw_proof.py::test_what_is_malformed_is_named",
        ),
    ),
    "admission": Rule(
        ("festival/rules", "festival/admission", "festival/policy"),
        (
            "unit/test_admission_rules",
            "unit/test_application_rules",
            "unit/test_offer_honesty",
            "unit/test_pledge_rules",
            "unit/test_admission_tables",
            "operations/test_admission",
        ),
    ),
    "shipping": Rule(
        ("orders/rules", "policy/tariffs"),
        ("unit/test_shipping_rules", "unit/test_store_order_transitions", "operations/test_tariffs"),
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
        known = cls(path, {**kept, "": stands})
        if not kept.get(""):
            known.tests.unlink(missing_ok=True)
        return known

    @property
    def tests(self) -> Path:
        """What was learnt of the tests of this rule as they are."""
        return self.path.with_suffix(".tests")

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
    tests = rule.chosen
    prey = [Prey.of(Path("marketplace") / f"{module}.py") for module in rule.modules]
    known = Known.read(name, _digest([p.path for p in prey], rule), only_survivors)
    begun = time.monotonic()
    left = [(p, m) for p in prey for m in p.mutants if known.of(p, m) in (None, NOT_REACHED)]
    if any((m.code or m.table) and known.of(p, m) is None for p, m in left):
        plugin = Hunt(prey, lambda p, m: known.of(p, m) is None, known.tell, is_time_up, known.tests)
        code = in_child(lambda: plugin.run(tests), 36_000, is_silent=False)
        known.read_again()
        if code:
            print(f"{name}: the tests themselves fail or cannot be run ({code})")
            return False
    learnt = Learnt.read(known.tests) if known.tests.exists() else Learnt()
    read_once = [(p, m) for p, m in left if known.of(p, m) == NOT_REACHED or not (m.code or m.table)]
    if read_once and not is_time_up() and try_by_import(prey[0], None, tests, 15, learnt) == KILLED:
        print(f"{name}: the tests fail without any mutant")
        return False
    for p, m in read_once:
        if not is_time_up():
            known.tell(p, m, try_by_import(p, m, tests, 15, learnt))
    print(f"{name}: {time.monotonic() - begun:.0f} s")
    return report(name, prey, known)


def report(name: str, prey: list[Prey], known: Known) -> bool:
    """A line for each module and one for the rule; each survivor for which the page gives no reason."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    counts: list[tuple[int, int]] = []
    is_good = True
    for p in prey:
        told = [(m, known.of(p, m)) for m in p.mutants]
        counts.append((len(told), sum(verdict == KILLED for _, verdict in told)))
        print(_line(f"`{p.path}`", *counts[-1]))
        for m, verdict in told:
            row = f"| `{p.path.stem}.{m.where}` | {_cell(m.was)} | {_cell(m.now)} |"
            if verdict != KILLED and row not in page:
                is_good = False
                print("   ", row, m.line, verdict or "not tried yet")
    every, killed = sum(each[0] for each in counts), sum(each[1] for each in counts)
    print(_line(f"**{name}**", every, killed))
    return is_good and 100 * killed >= LEAST_PERCENT * every


def _line(name: str, every: int, killed: int) -> str:
    return f"| {name} | {every} | {killed} | {every - killed} | {100 * killed / max(every, 1):.1f} % |"


def _cell(text: str) -> str:
    return (
        "`` " + text.replace("|", "\\|") + " ``" if "`" in text else f"`{text.replace('|', chr(92) + '|')}`"
    )


def _digest(paths: list[Path], rule: Rule) -> str:
    files = [
        *paths,
        *(Path(f"tests/{test}.py") for test in rule.tests),
        *sorted(Path("tests/mutation").glob("*.py")),
    ]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
