"""The guides: one printable page for each role, in both languages, with pictures that one command makes."""

from __future__ import annotations

import re

from marketplace.accounts.models import Role
from tests.architecture.house import PERSIAN, ROOT, ensure_none

GUIDES = ROOT / "docs" / "guide"
OF_ROLE = {
    Role.office: "office",
    Role.seal_officer: "seal",
    Role.clearance_officer: "clearance",
    Role.health_inspector: "health",
    Role.adjudicator: "adjudicator",
    Role.auditor: "auditor",
}
PRINTED = ("shopper", "store", "draw", *OF_ROLE.values())
MOST_WORDS = 520
LINK = re.compile(r"\]\(([^)#\s]+)")


def test_every_role_has_a_guide_of_one_page_in_both_languages():
    assert OF_ROLE.keys() == set(Role)
    wrong = []
    for name in PRINTED:
        persian, _, english = (GUIDES / f"{name}.md").read_text(encoding="utf-8").partition("\n## ")
        wrong += [f"{name}: no Persian"] * (not PERSIAN.search(persian))
        wrong += [f"{name}: no English, or Persian in it"] * (not english or bool(PERSIAN.search(english)))
        wrong += [f"{name}: no picture"] * ("](../screenshots/" not in persian)
        words = len(persian.split()) + len(english.split())
        wrong += [f"{name}: {words} words are more than a page"] * (words > MOST_WORDS)
    ensure_none(wrong)


def test_what_the_documents_link_to_is_there():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    ensure_none(
        [
            f"{page.relative_to(ROOT)}: {link}"
            for page in pages
            for link in LINK.findall(page.read_text(encoding="utf-8"))
            if "://" not in link and not (page.parent / link).exists()
        ]
    )


def test_each_picture_is_shown_and_made_by_the_one_command():
    script = (ROOT / "scripts" / "screenshots.py").read_text(encoding="utf-8")
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    told = "".join(page.read_text(encoding="utf-8") for page in documents)
    pictures = {path.stem for path in (ROOT / "docs" / "screenshots").glob("*.webp")}
    ensure_none([f"nobody shows {name}" for name in pictures if f"screenshots/{name}.webp" not in told])
    ensure_none([f"nothing makes {name}" for name in pictures if f'"{name}"' not in script])
