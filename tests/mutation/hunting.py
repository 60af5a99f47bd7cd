"""Runs tests over mutants: each in a process of its own that is forked from one in which everything is imported.

A mutant within a function is put in place of the function's code, one of a table changes the table where it lies; for
any other, and of a function that an import alone calls, the module is imported anew with it. A mutant is killed when a
test fails or does not end; those tests alone are run that run through the changed statement, the quick ones first
(after a new import all of them, those that run through the module first). Nothing of a test is changed, and chance is
the same each time.
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
    spans: list[tuple[int, int]]
    """First and last line of each statement."""

    @classmethod
    def of(cls, path: Path) -> Prey:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        spans = [
            (node.lineno, node.end_lineno or node.lineno)
            for node in ast.walk(tree)
            if isinstance(node, ast.stmt)
        ]
        return cls(".".join(path.with_suffix("").parts), path, tree, mutants_of(tree), spans)

    @property
    def file(self) -> str:
        return str(self.path.absolute())

    def lines_of(self, mutant: Mutant) -> set[tuple[str, int]]:
        """The lines of the innermost statement that is changed."""
        around = [span for span in self.spans if span[0] <= mutant.line <= span[1]]
        first, last = min(around, key=lambda span: span[1] - span[0])
        return {(self.file, line) for line in range(first, last + 1)}

    def compiled(self, mutant: Mutant | None) -> CodeType:
        if mutant:
            mutant.apply()
        return compile(ast.fix_missing_locations(self.tree), self.file, "exec")


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
class Learnt:
    """How long each test takes, and the lines that it runs through; kept for the next call."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, set[tuple[str, int]]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Learnt:
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            told["seconds"],
            {
                test: {(file, n) for file, every in ran.items() for n in every}
                for test, ran in told["lines"].items()
            },
        )

    def write(self, path: Path) -> None:
        lines: dict[str, dict[str, list[int]]] = {}
        for test, found in self.lines.items():
            ran = lines.setdefault(test, {})
            for file, line in sorted(found):
                ran.setdefault(file, []).append(line)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"seconds": self.seconds, "lines": lines}), encoding="utf-8")


@dataclass
class Hunt:
    """A plugin of pytest: collects, runs each test once, and then the mutants that need no new import. What it learnt
    of the tests is kept for the next call."""

    prey: list[Prey]
    wanted: Callable[[Prey, Mutant], bool]
    tell: Callable[[Prey, Mutant, str], None]
    is_time_up: Callable[[], bool]
    kept: Path
    learnt: Learnt = field(default_factory=Learnt)

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
            self.learnt = Learnt.read(self.kept)
        else:
            for item in session.items:
                self._learn(item)
            self.learnt.write(self.kept)
        for prey in self.prey:
            for mutant in prey.mutants:
                if self.wanted(prey, mutant) and (mutant.code or mutant.table) and not self.is_time_up():
                    self.tell(prey, mutant, self._try(prey, mutant, session.items))
        return True

    def _learn(self, item: pytest.Item) -> None:
        """Which lines a test runs through, and how long it takes. It must pass."""
        files = {prey.file for prey in self.prey}
        found = self.learnt.lines.setdefault(item.nodeid, set())

        def look(frame: Any, event: str, arg: Any) -> Any:
            if frame.f_code.co_filename not in files:
                return None
            found.add((frame.f_code.co_filename, frame.f_lineno))
            return look

        before = time.process_time()
        sys.settrace(look)
        try:
            passed = run_test(item, _Rest(item.session))
        finally:
            sys.settrace(None)
        self.learnt.seconds[item.nodeid] = time.process_time() - before
        if not passed:
            raise item.session.Interrupted(f"{item.nodeid} fails without any mutant")

    def _try(self, prey: Prey, mutant: Mutant, items: list[pytest.Item]) -> str:
        of, seconds = prey.lines_of(mutant), self.learnt.seconds
        chosen = [item for item in items if mutant.table or of & self.learnt.lines[item.nodeid]]
        chosen.sort(key=lambda item: seconds[item.nodeid])
        if not chosen:
            return NOT_REACHED

        def work() -> int:
            put_in_place(prey, mutant)
            for item, following in zip(chosen, [*chosen[1:], _Rest(chosen[0].session)], strict=True):
                signal.setitimer(signal.ITIMER_PROF, max(LEAST_SECONDS, TIMES * seconds[item.nodeid]))
                if not run_test(item, following):
                    return 1
            return 0

        needed = sum(max(LEAST_SECONDS, TIMES * seconds[item.nodeid]) for item in chosen)
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

    def __init__(self, prey: Prey, mutant: Mutant | None) -> None:
        super().__init__(prey.name, str(prey.path.absolute()))
        self.prey, self.mutant = prey, mutant

    def get_code(self, fullname: str) -> CodeType:
        return self.prey.compiled(self.mutant)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != self.prey.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)


class _Calm:
    def __init__(self, prey: Prey, learnt: Learnt) -> None:
        self.prey, self.learnt = prey, learnt

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        calm()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=self._turn)

    def _turn(self, item: pytest.Item) -> tuple[bool, float]:
        files = {file for file, _ in self.learnt.lines.get(item.nodeid, ())}
        return self.prey.file not in files, self.learnt.seconds.get(item.nodeid, 0)


def try_by_import(
    prey: Prey, mutant: Mutant | None, tests: list[str], cpu_seconds: float, learnt: Learnt
) -> str:
    """Imports everything anew with the mutant, or with the module as it is, and runs all the tests, those first that
    use the module."""

    def work() -> int:
        sys.meta_path.insert(0, _Instead(prey, mutant))
        return int(pytest.main([*tests, "-x", *OPTIONS], plugins=[_Calm(prey, learnt)]))

    code = in_child(work, TIMES * cpu_seconds)
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise AssertionError("no tests were found")
    return SURVIVED if code == 0 else KILLED
