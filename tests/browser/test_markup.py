"""The markup of every page, judged by the Nu HTML checker in one run: no errors."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.browser.more_cases import add_cases
from tests.browser.whole_house import demo_house, pages_of
from tests.needs import have

pytestmark = [pytest.mark.needs("java"), pytest.mark.needs("vnu")]
ERRORS = ("/no-such-page", "/offers/999999-x", "/search?sort=-9&min_toman=x")


def test_the_checker_finds_no_error_on_any_page(tmp_path: Path) -> None:
    """Persian and English in turn: the languages share their templates."""
    addresses = {}
    folder = tmp_path / "pages"
    folder.mkdir()
    with demo_house(tmp_path) as house:
        found = {**pages_of(house)[0], **add_cases(house)}
        pages = [(page.who, page.path) for page in found.values()]
        for place, (who, path) in enumerate([*pages, *(("", path) for path in ERRORS)]):
            address = f"{'/en' if place % 2 else ''}{path}"
            file = folder / f"{place:03}.html"
            answer = house.browser(who).get(address, buffered=True)
            assert answer.status_code == 200 or (who, path) in [("", path) for path in ERRORS], (
                address,
                answer.status,
            )
            file.write_bytes(answer.data)
            addresses[file.name] = address
    problems = [
        f"{addresses[Path(found['url']).name]}:{found.get('lastLine')}: {found['message']}: {found.get('extract', '')}"
        for found in _judged(folder)
        if found["type"] == "error"
    ]
    assert not problems, "\n".join(problems)


def _judged(folder: Path) -> list[dict[str, str]]:
    """What the checker says about all files of a folder: one start of Java."""
    command = [
        str(have("java")),
        "-Xss2m",
        "-jar",
        str(have("vnu")),
        "--format",
        "json",
        "--exit-zero-always",
        "--stdout",
    ]
    done = subprocess.run(
        [*command, *map(str, sorted(folder.glob("*.html")))],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    messages: list[dict[str, str]] = json.loads(done.stdout)["messages"]
    return messages
