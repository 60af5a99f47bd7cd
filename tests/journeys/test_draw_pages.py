"""A draw by pages alone: two officers close it, two sign, two draw; a stranger verifies; the winner takes the prize."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from flask import Flask

from marketplace.accounts.models import Role
from marketplace.lottery.listing import list_stages
from marketplace.lottery.proof.tree import root_from_path
from marketplace.lottery.publishing import pseudonym_of
from marketplace.lottery.rings import find_rings
from tests.factories import an_official, world, writing
from tests.factories.buying import broken_invariants, paid
from tests.factories.draws import BEACON, DRAWN_AT, a_draw
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.pages import Client, Page

BEGAN = DRAWN_AT - timedelta(days=12)
FREEZE = DRAWN_AT - timedelta(hours=48)


@pytest.fixture
def fair(ctx, app: Flask) -> SimpleNamespace:
    """Two shoppers with chances, and an official of each kind."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(BEGAN)
    with writing():
        draw = a_draw(small.festival, at=BEGAN, prizes=1)
        officials = {
            name: an_official(role, at=BEGAN)
            for name, role in (
                ("office", Role.office),
                ("seal", Role.seal_officer),
                ("auditor", Role.auditor),
                ("office2", Role.office),
            )
        }
    with time_machine.travel(BEGAN, tick=False):
        for person, offer in ((small.shopper, small.tea), (small.shopper2, small.bowl)):
            paid(gateway, person, (offer, 1), at=BEGAN)
    return SimpleNamespace(small=small, slug=draw.slug, officials=officials)


@pytest.fixture
def seats(app: Flask, fair) -> dict[str, Client]:
    """A browser for each, signed in after the present was moved to the freeze."""
    with time_machine.travel(FREEZE - timedelta(minutes=5), tick=False):
        people = {**fair.officials, "shopper": fair.small.shopper, "shopper2": fair.small.shopper2}
        clients = {}
        for name, person in people.items():
            clients[name] = Client(app)
            clients[name].sign_in(person)
    return clients


def link(page: Page, part: str) -> str:
    """The first address on a page that holds these characters."""
    return next(href for href in (a.get("href", "") for a in page.all("a")) if part in href)


def propose(client: Client, slug: str, action: str) -> None:
    client.submit(client.get(f"/office/draws/{slug}").form(id=action))


def second(client: Client) -> None:
    client.submit(client.get("/office/approvals").form("/agreement"))


def test_from_the_freeze_to_the_hand_over(app, fair, seats, client: Client, tmp_path):
    console, slug = f"/office/draws/{fair.slug}", fair.slug
    assert "files" not in client.get(f"/draws/{slug}/files/manifest.json", expect=409).text
    with time_machine.travel(FREEZE, tick=False):
        client.get("/lottery")
        propose(seats["office"], slug, "freeze_draw")
        seats["office"].get("/office/approvals")
        second(seats["office2"])
        for name in ("auditor", "seal"):
            page = seats[name].get(console)
            seats[name].submit(page.form("/signature"))
        receipt = json.loads(seats["shopper"].get(f"/me/draws/{slug}/receipt.json").source)
        client.get(f"/draws/{slug}/verify")
        assert "شمارش" in client.get(f"/draws/{slug}").text
        client.get(f"/draws/{slug}/show")
        client.get(f"/draws/{slug}/minutes", expect=404)
        seats["office"].submit(
            seats["office"].get(console).form("/witnesses"), name="ژاله میرزایی", capacity="خبرنگار"
        )
        entry = seats["shopper"].get(f"/me/draws/{slug}/receipt")
        checked = client.get(link(entry, "/check?e="))
        assert "هست" in checked.text
    list_stages(DRAWN_AT - timedelta(hours=1))
    with time_machine.travel(DRAWN_AT, tick=False):
        page = seats["office"].get(console)
        wrong = seats["office"].submit(page.form("/beacon"), beacon='{"round": 1}', expect=422)
        assert "درند" in wrong.text
        seats["office"].submit(page.form("/beacon"), beacon=json.dumps(BEACON))
        propose(seats["seal"], slug, "draw_winners0")
        second(seats["office"])
        public = client.get(f"/draws/{slug}")
        client.get(f"/en/draws/{slug}")
        document = client.api("GET", f"/draws/{slug}")
        assert [len(prize["winners"]) for prize in document["prizes"]] == [1]
        assert document["stages"][0]["randomness"] == BEACON["randomness"]
        assert [card["slug"] for card in client.api("GET", "/draws")["items"]] == [slug]
        for name in ("manifest.json", "entries.csv", "result.json", "verify.py"):
            (tmp_path / name).write_text(client.get(f"/draws/{slug}/files/{name}").source, "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "verify.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    proves(receipt)
    assert "•••••" in public.text
    with time_machine.travel(DRAWN_AT + timedelta(hours=1), tick=False):
        around(client, seats, slug)
        takes(seats, console)
    assert not broken_invariants()


def around(client: Client, seats: dict[str, Client], slug: str) -> None:
    """The event, the minutes and the papers of the winner."""
    for prefix in ("", "/en"):
        client.get(f"{prefix}/draws/{slug}/show")
        minutes = client.get(f"{prefix}/draws/{slug}/minutes")
        assert "ژاله میرزایی" in minutes.text
    assert client.get(f"/draws/{slug}/minutes.pdf").body.startswith(b"%PDF")
    client.get(f"/draws/{slug}/round")
    client.get(f"/draws/{slug}/check?e=bm90IGEgbGluZQ", expect=400)
    own = [name for name in ("shopper", "shopper2") if "certificate" in seats[name].get("/me/entries").source]
    (winner,) = own
    (loser,) = {"shopper", "shopper2"} - {winner}
    path = link(seats[winner].get("/me/entries"), "/certificate")
    seats[winner].get(path)
    assert seats[winner].get(f"{path}.pdf").body.startswith(b"%PDF")
    seats[loser].get(path, expect=404)
    seats[loser].post(path.replace("certificate", "publication"), {}, expect=404)


def proves(receipt: dict) -> None:
    """A receipt leads to the root by hashes alone, and to its own mobile by its salt."""
    for entry in receipt["entries"]:
        place, _entry_id, pseudonym, _weight = entry["line"].split(",")
        path = [bytes.fromhex(step) for step in entry["path"]]
        root = root_from_path(entry["line"].encode(), int(place), receipt["count"], path)
        assert root.hex() == receipt["merkle_root"]
        salt = bytes.fromhex(receipt["person"]["salt"])
        assert pseudonym == pseudonym_of(salt, receipt["draw"], receipt["person"]["mobile"])


def takes(seats, console: str) -> None:
    claims = {
        name: [form for form in seats[name].get("/me/entries").forms if form.action.endswith("/claim")]
        for name in ("shopper", "shopper2")
    }
    (winner,) = [name for name, forms in claims.items() if forms]
    (loser,) = claims.keys() - {winner}
    seats[loser].post(claims[winner][0].action, {}, expect=404)
    seats[winner].submit(claims[winner][0])
    form = seats[winner].get("/me/entries").form("/publication")
    seats[winner].post(form.action, {})
    assert "بی‌نام" in seats[winner].get(f"/draws/{console.rpartition('/')[2]}").text
    for step in ("/identity", "/handover"):
        form = seats["office"].get(console).form(step)
        seats["office"].submit(form, note="کارت ملی")
    assert "تحویل‌شده" in seats["office"].get(console).text


def test_a_network_that_is_cut_off(app, fair, seats, client: Client):
    """Rings are decided, somebody is barred, anybody may bring the round, and at last two persons type figures."""
    console, slug = f"/office/draws/{fair.slug}", fair.slug
    find_rings(FREEZE)
    with time_machine.travel(FREEZE, tick=False):
        form = seats["office"].get(f"{console}/rings").form("/decision")
        seats["office"].post(form.action, {"decision": "stands", "reason": "خانواده"})
        assert "خانواده" in seats["auditor"].get(f"{console}/rings").text
        propose(seats["office"], slug, "freeze_draw")
        second(seats["office2"])
        for name in ("auditor", "seal"):
            seats[name].submit(seats[name].get(console).form("/signature"))
        seats["office"].submit(seats["office"].get(console).form(id="skip"), key="0" * 64, reason="خطا")
        seats["office2"].get("/office/approvals")
        assert "عدد" in seats["office"].get(f"{console}/figures").text
    list_stages(DRAWN_AT - timedelta(hours=1))
    with time_machine.travel(DRAWN_AT, tick=False):
        page = client.get(f"/draws/{slug}/round")
        for said in ('{"round": 1000}', "[" * 3_999, '{"round": "\\ud800"}', '{"round": 1e999}', "7", ""):
            client.submit(page.form("/round"), beacon=said, expect=422)
            at_desk = seats["office"].get(console).form("/beacon")
            seats["office"].submit(at_desk, beacon=said, expect=422)
        seats["office"].get(f"{console}/figures")
    typed = {"tehran-exchange-overall-index": "۲٬۱۱۸٬۴۷۳", "central-bank-euro-rate": "58120"}
    typed["mercantile-exchange-gold-coin"] = "28400000 27900000"
    after = DRAWN_AT + timedelta(hours=72)
    with time_machine.travel(after, tick=False):
        for name, person in {"office": "office", "auditor": "auditor"}.items():
            seats[name] = Client(app)
            seats[name].sign_in(fair.officials[person])
        form = seats["office"].get(f"{console}/figures").form("/figures")
        seats["office"].submit(form, **{**typed, "central-bank-euro-rate": "x"}, expect=422)
        seats["office"].submit(seats["office"].get(f"{console}/figures").form("/figures"), **typed)
        other = seats["auditor"].get(f"{console}/figures").form("/figures")
        refused = seats["auditor"].submit(other, **{**typed, "central-bank-euro-rate": "58121"}, expect=409)
        assert "یورو" in refused.text
        for name in ("auditor", "office"):
            seats[name].submit(seats[name].get(f"{console}/figures").form("/figures"), **typed)
        draw_page = client.api("GET", f"/draws/{slug}")
        assert draw_page["stages"][0]["state"] == "listed"


def test_whose_business_it_is_not(fair, seats, client: Client):
    console = f"/office/draws/{fair.slug}"
    with time_machine.travel(FREEZE, tick=False):
        seats["shopper"].get(console, expect=403)
        seats["auditor"].post(f"{console}/proposals", {"action": "freeze_draw"}, expect=403)
        seats["office"].post(f"{console}/signature", {}, expect=403)
        seats["office"].post(f"{console}/proposals", {"action": "nonsense"}, expect=400)
        seats["office"].get("/office/draws/nowhere", expect=404)
        client.get(f"/draws/{fair.slug}/files/secret.json", expect=404)
        seats["shopper"].get(f"/me/draws/{fair.slug}/receipt.json", expect=409)
