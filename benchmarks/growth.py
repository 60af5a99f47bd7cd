"""Whether reading costs the same at a million offers: `python -m benchmarks.growth [--database postgresql]`.

Pages kept and made anew are asked of two applications in one process, one over 6,000 offers and one over 1,000,000, in
turn; what counts is the least processor time of several rounds, in units of the smallest Flask application, and the
ratio of the two. On PostgreSQL the processor time of the database is not in these figures. The data is that of `make
bench`, made once (a million offers take minutes).
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import count, cycle
from pathlib import Path
from urllib.parse import quote

from flask import Flask

from benchmarks.cases import Sample, sample_of
from benchmarks.guard import Environ, Measuring, Row, environ_of, rows_of
from benchmarks.instance import Data, data_of
from benchmarks.machine import describe, load_average
from benchmarks.report import keep_text
from marketplace.core import clock
from marketplace.core.stamps import add_up_stamps
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.plan.scale import Scale
from marketplace.storefront.bitmaps import are_many
from marketplace.storefront.counting import count_facets

ROUNDS = 6
LONGEST_RUN = 3_600
COMMON = ("کیف", "کیف چرم", "دست و")
"""What a tenth of the offers and more have."""
ORDERS = ("price", "discount", "newest", "popular")
SCALES = (Scale.FESTIVAL, Scale.LARGE)


def more_rows(app: Flask, sample: Sample) -> list[Row]:
    """Kinds of lists beside those of the guard."""
    numbers = count(1)
    province = quote(sample.province)
    category = sample.categories[0]
    asked: dict[str, Iterator[Environ]] = {
        "home, kept": (environ_of("/") for _ in count()),
        "list, four fifths down, made anew": (
            environ_of("/search", f"sort=price&cursor={sample.cursor}&max_toman={10**9 + n}") for n in numbers
        ),
        "list with facets, made anew": (
            environ_of("/search", f"province={province}&min_discount=25&min_toman={n}") for n in numbers
        ),
        "category by price, made anew": (
            environ_of(f"/c/{category}", f"sort=price&min_toman={n}") for n in numbers
        ),
        "search for a common word, made anew": (
            environ_of("/search", f"q={quote(word)}&min_toman={n}")
            for word, n in zip(cycle(COMMON), numbers, strict=False)
        ),
        **{
            f"search for a common word {said}, made anew": _common_by(sort, numbers)
            for said, sort in (
                ("by price", "price"),
                ("by discount", "discount"),
                ("newest first", "newest"),
                ("popular first", "popular"),
            )
        },
        "search for a common word in a province, in each order, made anew": (
            environ_of("/search", f"q={quote(word)}&province={province}&sort={sort}&min_toman={n}")
            for word, sort, n in zip(cycle(COMMON), cycle(ORDERS), numbers, strict=False)
        ),
        "category above a price, made anew": (
            environ_of(f"/c/{category}", f"min_toman={n}") for n in numbers
        ),
        "list by discount, made anew": (
            environ_of("/search", f"sort=discount&min_toman={n}") for n in numbers
        ),
    }
    return [Row(name, app, requests) for name, requests in asked.items()]


def _common_by(sort: str, numbers: Iterator[int]) -> Iterator[Environ]:
    for word, n in zip(cycle(COMMON), numbers, strict=False):
        yield environ_of("/search", f"q={quote(word)}&sort={sort}&min_toman={n}")


def measured(data: Data) -> Measuring:
    """The rows over one database; facets of very many offers are counted and stamps added up, as a worker would."""
    sample, app = sample_of(data), data.app()
    with app.app_context():
        with unit_of_work():
            add_up_stamps(clock.now())
        if are_many():
            count_facets(clock.now())
    return Measuring([*rows_of(app, data, sample), *more_rows(app, sample)], 1)


def look_after_facets(folders: Iterable[Path]) -> None:
    """In place of the worker: says that the facets counted beside hold for the length of the run."""
    until = time.time() + LONGEST_RUN
    for folder in folders:
        for counted in folder.glob("facets-*"):
            os.utime(counted, (until, until))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgresql"))
    parser.add_argument(
        "--keep", action="store_true", help="puts the table into docs/reference/performance.md"
    )
    wish = parser.parse_args()
    with ExitStack() as stack:
        both, folders = [], []
        for scale in SCALES:
            place = tempfile.TemporaryDirectory(prefix="bazargah-bench-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(place))
            folder.chmod(0o711)
            folders.append(folder)
            both.append(measured(stack.enter_context(data_of(wish.database, scale, folder))))
        look_after_facets(folders)
        for each in both:
            each.warm()
        for _ in range(ROUNDS):
            for each in both:
                each.rounds(1, each.rows)
    few, many = (each.ratios() for each in both)
    lines = [
        f"{wish.database}, in one process. {describe()}; load {load_average():.1f}.",
        "",
        "| in H of this process | 6,000 offers | 1,000,000 offers | times |",
        "|---|--:|--:|--:|",
        *(f"| {name} | {few[name]:.1f} | {many[name]:.1f} | {many[name] / few[name]:.2f} |" for name in few),
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if wish.keep:
        keep_text(f"growth-{wish.database}", text)


if __name__ == "__main__":
    main()
