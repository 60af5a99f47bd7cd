"""The review desk with 120 and with 1,200 applicants: statements and processor time of its list, its filters, a
preview, a decision about 500, the approval of as many as have a place, and taking both back.

    python -m benchmarks.applications

Builds a database of its own in a temporary folder; pages are made in this process, warm.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.app import create_app
from marketplace.core import clock
from marketplace.core.csrf import token_for
from marketplace.core.db import db
from marketplace.core.unit_of_work import count_queries, unit_of_work
from marketplace.festival.application_models import ApplicationDecision
from marketplace.festival.models import Application
from marketplace.festival.waiting_list import refresh_scores
from tests.databases import settings_for
from tests.factories import (
    a_category,
    a_festival,
    a_session,
    an_official,
    pledge_texts,
    provinces,
    rules,
    writing,
)
from tests.factories.applications import many_applicants

DESK = "/office/applications"
MOST, PLACES = 500, 300
REASONS = {"waitlist": "capacity", "approve": "all_in_order"}


def main() -> None:
    """Both sizes."""
    for count in (120, 1_200):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            app = create_app(settings_for(f"sqlite:///{folder}/bench.db", Path(folder)))
            with app.app_context():
                upgrade()
                secret = build(count)
                db.session.remove()
                browser = app.test_client()
            browser.set_cookie("sid", secret)
            gc.collect()
            gc.freeze()  # as the served application does
            print(f"\n{count:,} applicants")
            with app.app_context():
                measure(browser, secret)


def build(count: int) -> str:
    """Applicants of four categories, places for as many as there are; gives an officer's session."""
    at = clock.now()
    with writing():
        rules()
        pledge_texts()
        places = provinces()
        festival = a_festival(at=at)
        categories = [a_category(is_hard_hit=n == 0) for n in range(4)]
        many_applicants(festival, count, categories, places[0].id, at=at)
        officer = an_official(Role.office)
    refresh_scores(at)
    return a_session(officer)


def measure(browser: FlaskClient, secret: str) -> None:
    """Prints a line for each page."""
    for name, path in (
        ("list", DESK),
        ("list, by deadline", f"{DESK}?sort=due"),
        ("filtered, searched", f"{DESK}?result=ok&least=40&q=فروشگاه&sort=newest"),
    ):
        timed(name, 15, lambda path=path: browser.get(path))  # type: ignore[misc]
    token = {"csrf_token": token_for(secret)}
    asked = {**token, "verdict": "waitlist", "all": "1"}
    for verdict, most in (("waitlist", MOST), ("approve", PLACES)):
        decide(browser, token, verdict, most)
    timed("preview of all", 7, lambda: browser.post(f"{DESK}/preview", data=asked))
    began = time.process_time()
    with unit_of_work():
        refresh_scores(clock.now())
    print(f"  {'scores of all, once a minute':32} {(time.process_time() - began) * 1000:8.0f} ms")


def decide(browser: FlaskClient, token: dict[str, str], verdict: str, most: int) -> None:
    """One decision, the first of its kind in this process, and its undoing."""
    db.session.rollback()
    rows = db.session.execute(select(Application.id, Application.version).limit(most)).all()
    choice = ",".join(f"{row.id}.{row.version}" for row in rows)
    db.session.rollback()
    sent = {**token, "verdict": verdict, "choice": choice, "reason": REASONS[verdict]}
    name = f"{verdict} {len(rows)}, cold"
    timed(name, 1, lambda: browser.post(f"{DESK}/decisions", data=sent), is_warm=False)
    decision = db.session.scalar(select(ApplicationDecision.id).order_by(ApplicationDecision.id.desc()))
    db.session.rollback()
    undo = f"{DESK}/decisions/{decision}/undoing"
    timed(f"undoing of {len(rows)}", 1, lambda: browser.post(undo, data=token), is_warm=False)


def timed(name: str, times: int, work: Callable[[], object], *, is_warm: bool = True) -> None:
    """The median of some turns."""
    if is_warm:
        work()
    heard: list[str] = []
    stop = count_queries(heard)
    spent = []
    for _ in range(times):
        heard.clear()
        began = time.process_time()
        answer = work()
        spent.append(time.process_time() - began)
        assert answer.status_code < 400, (name, answer.status_code)  # type: ignore[attr-defined]
    stop()
    print(f"  {name:32} {statistics.median(spent) * 1000:8.0f} ms  {len(heard):4} statements", flush=True)


if __name__ == "__main__":
    main()
