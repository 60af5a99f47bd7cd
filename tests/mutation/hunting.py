"""Runs tests over mutants: each in a process of its own that is forked from one in which everything is imported.

A mutant within a function is put in place of the function's code, one of a table changes the table where it lies; for
any other the module is imported anew with it. A mutant is killed when a test fails or does not end; those tests alone
are run that enter the function, the quick ones first. Nothing of a test is changed, and chance is the same each time.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings

from tests.mutation.changes import Mutant, mutants_of

LEAST_SECONDS, TIMES = 1, 6
"""A test of a mutant has so many seconds of the processor, or so many times what it needs without."""
OPTIONS = ("-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning")
SURVIVED, KILLED, NOT_REACHED = "survived", "killed", "not reached"


@dataclass(frozen=True, slots=True)
class Prey:
    """A module and its mutants."""

    name: str
    path: Path
    tree: ast.Module
    mutants: list[Mutant]

    @classmethod
    def of(cls, path: Path) -> Prey:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        return cls(".".join(path.with_suffix("").parts), path, tree, mutants_of(tree))

    def compiled(self, mutant: Mutant) -> CodeType:
        mutant.apply()
        return compile(ast.fix_missing_locations(self.tree), str(self.path.absolute()), "exec")


def in_child(work: Callable[[], int], cpu_seconds: float, *, is_silent: bool = True) -> int:
    """Runs work in a forked process, without a voice unless told; gives its answer, below 0 when it was ended."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    answer = 99
    try:
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime + cpu_seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(60 + 6 * int(cpu_seconds))
        if is_silent:
            silence = os.open(os.devnull, os.O_RDWR)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
        answer = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(answer)


@dataclass
class Hunt:
    """A plugin of pytest: collects, runs each test once, and then the mutants that need no new import. What it learnt
    of the tests is kept for the next call."""

    prey: list[Prey]
    wanted: Callable[[Prey, Mutant], bool]
    tell: Callable[[Prey, Mutant, str], None]
    is_time_up: Callable[[], bool]
    kept: Path
    seconds: dict[str, float] = field(default_factory=dict)
    entered: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def run(self, tests: list[str]) -> int:
        return int(pytest.main([*tests, *OPTIONS], plugins=[self]))

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        calm()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        if self.kept.exists():
            told = json.loads(self.kept.read_text(encoding="utf-8"))
            self.seconds = told["seconds"]
            self.entered = {
                name: {(file, code) for file, code in found} for name, found in told["entered"].items()
            }
        else:
            for item in session.items:
                self._learn(item)
            told = {
                "seconds": self.seconds,
                "entered": {name: sorted(found) for name, found in self.entered.items()},
            }
            self.kept.parent.mkdir(parents=True, exist_ok=True)
            self.kept.write_text(json.dumps(told), encoding="utf-8")
        for prey in self.prey:
            for mutant in prey.mutants:
                if self.wanted(prey, mutant) and (mutant.code or mutant.table) and not self.is_time_up():
                    self.tell(prey, mutant, self._try(prey, mutant, session.items))
        return True

    def _learn(self, item: pytest.Item) -> None:
        """Which functions a test enters, and how long it takes. It must pass."""
        files = {str(prey.path.absolute()) for prey in self.prey}
        found = self.entered.setdefault(item.nodeid, set())

        def look(frame: Any, event: str, arg: Any) -> None:
            code = frame.f_code
            if code.co_filename in files:
                found.add((code.co_filename, code.co_qualname.partition(".<locals>")[0]))

        before = time.process_time()
        sys.settrace(look)
        try:
            passed = run_test(item, _Rest(item.session))
        finally:
            sys.settrace(None)
        self.seconds[item.nodeid] = time.process_time() - before
        if not passed:
            raise item.session.Interrupted(f"{item.nodeid} fails without any mutant")

    def _try(self, prey: Prey, mutant: Mutant, items: list[pytest.Item]) -> str:
        where = (str(prey.path.absolute()), mutant.code)
        chosen = [item for item in items if mutant.table or where in self.entered[item.nodeid]]
        chosen.sort(key=lambda item: self.seconds[item.nodeid])
        if not chosen:
            return NOT_REACHED

        def work() -> int:
            put_in_place(prey, mutant)
            for item, following in zip(chosen, [*chosen[1:], _Rest(chosen[0].session)], strict=True):
                signal.setitimer(signal.ITIMER_PROF, max(LEAST_SECONDS, TIMES * self.seconds[item.nodeid]))
                if not run_test(item, following):
                    return 1
            return 0

        needed = sum(max(LEAST_SECONDS, TIMES * self.seconds[item.nodeid]) for item in chosen)
        return KILLED if in_child(work, needed) else SURVIVED


def calm() -> None:
    """The same chance each time, nothing kept, nothing made smaller."""
    hypothesis_settings.register_profile(
        "mutants",
        parent=hypothesis_settings.get_profile("house"),
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
    )
    hypothesis_settings.load_profile("mutants")


class _Rest:
    """What comes after a test when nothing does yet: what all tests of a run share stays."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[Any]:
        return [self.session]


def run_test(item: pytest.Item, following: Any) -> bool:
    """Whether a test passes; fixtures that the following one shares stay."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def put_in_place(prey: Prey, mutant: Mutant) -> None:
    """Makes a mutant of the imported module."""
    module = importlib.import_module(prey.name)
    compiled = prey.compiled(mutant)
    if mutant.table:
        table = getattr(module, mutant.table)
        changed = dict(_made_anew(prey, mutant, module))
        table.clear()
        table.update(changed)
        return
    for function in _functions(module, mutant.code):
        function.__code__ = next(
            code
            for code in _codes(compiled)
            if code.co_qualname == mutant.code and code.co_firstlineno == function.__code__.co_firstlineno
        )


def _made_anew(prey: Prey, mutant: Mutant, module: ModuleType) -> Any:
    statement = next(
        each
        for each in prey.tree.body
        if isinstance(each, ast.Assign | ast.AnnAssign)
        and mutant.table
        in {n.id for n in ast.walk(each) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    )
    assert statement.value is not None
    return eval(compile(ast.Expression(statement.value), str(prey.path), "eval"), vars(module))


def _functions(module: ModuleType, qualname: str) -> list[FunctionType]:
    found: Any = module
    for name in qualname.split("."):
        found = vars(found)[name]
    if isinstance(found, property):
        return [each for each in (found.fget, found.fset) if isinstance(each, FunctionType)]
    while not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
        found = found.__wrapped__ if hasattr(found, "__wrapped__") else found.__func__
    return [found]


def _codes(code: CodeType) -> Iterable[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


class _Instead(SourceFileLoader):
    """Loads one module as its mutant."""

    def __init__(self, prey: Prey, mutant: Mutant) -> None:
        super().__init__(prey.name, str(prey.path.absolute()))
        self.prey, self.mutant = prey, mutant

    def get_code(self, fullname: str) -> CodeType:
        return self.prey.compiled(self.mutant)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != self.prey.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)


class _Calm:
    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        calm()


def try_by_import(prey: Prey, mutant: Mutant, tests: list[str], cpu_seconds: float) -> str:
    """Imports everything anew with the mutant and runs all the tests."""

    def work() -> int:
        sys.meta_path.insert(0, _Instead(prey, mutant))
        return int(pytest.main([*tests, "-x", *OPTIONS], plugins=[_Calm()]))

    code = in_child(work, TIMES * cpu_seconds)
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise AssertionError("no tests were found")
    return SURVIVED if code == 0 else KILLED
