"""Numbers of the policy, tariffs, editions and public texts for programs of the office."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.accounts.models import Role
from marketplace.api.acts import Said, Verb, act, acting, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import office_policy as schemas
from marketplace.core import clock
from marketplace.core.errors import Invalid, NotFound
from marketplace.festival import editions
from marketplace.festival.editions import EditionWish
from marketplace.festival.first_pledges import publish_first_pledges
from marketplace.festival.models import Pledge
from marketplace.festival.pledge_editing import propose_pledge_text, versions_of_pledge
from marketplace.inspections.guidelines import GROUP as GUIDELINES
from marketplace.policy import editing, editor, tariff_editing
from marketplace.policy.document_editing import (
    Wording,
    newest_texts,
    publish_text,
    versions_of,
    write_version,
)
from marketplace.policy.first_texts import publish_first_texts
from marketplace.policy.inputs import NumberChange, TariffChange, parse_reason

TAG, SCOPE, TEXTS = "office", "office:policy", "office:texts"
READERS = (Role.office, Role.auditor)


@reading("/office/policy/numbers", TAG, "office:read", *READERS, gives=schemas.NUMBER.listed)
def list_policy_numbers() -> Any:
    """Every number of the policy: what holds, what is planned."""
    return schemas.NUMBER.many(row for part in editor.list_numbers(clock.now()) for row in part.rows)


@reading("/office/policy/numbers/<name>", TAG, "office:read", *READERS, gives=schemas.NUMBER_PAGE.schema)
def show_policy_number(name: str) -> Any:
    """One number with its history. `seen` goes into a change."""
    return schemas.NUMBER_PAGE(editor.show_number(name, clock.now()))


@reading("/office/policy/history", TAG, "office:read", *READERS, gives=schemas.HISTORY.listed)
def list_policy_history() -> Any:
    """What was changed lately, by whom and why."""
    return schemas.HISTORY.many(editor.list_history(clock.now()))


@act(
    "/office/policy/numbers/<name>/values",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.NumberBody,
    status=201,
    makes=made.APPROVAL_OR_DONE,
)
def create_policy_value(said: Said, name: str) -> Verb:
    """Plans another value from a day on, or proposes it where two persons are needed (then `made` is the proposal)."""
    change = NumberChange.parse(name, said, clock.now())
    return lambda at: editing.change_number(change, acting(Role.office), at)


@act("/office/policy/numbers/<name>/planned-removal", TAG, SCOPE, Role.office, says=schemas.RemovalBody)
def create_planned_removal(said: Said, name: str) -> Verb:
    """What holds now goes on where something else was planned."""
    errors: dict[str, str] = {}
    reason, seen = parse_reason(said, errors), said.body["seen"]
    if errors:
        raise Invalid(fields=errors)
    return lambda at: editing.take_back_planned(name, seen, reason, acting(Role.office), at)


@reading("/office/policy/tariffs", TAG, "office:read", *READERS, gives=schemas.TARIFF.listed)
def list_tariffs() -> Any:
    """Every tariff of shipping by method and zone."""
    return schemas.TARIFF.many(cell for cells in editor.list_tariffs(clock.now()).values() for cell in cells)


@reading(
    "/office/policy/tariffs/<method>/<int:zone>",
    TAG,
    "office:read",
    *READERS,
    gives=schemas.TARIFF_PAGE.schema,
)
def show_tariff(method: str, zone: int) -> Any:
    """One tariff with its history. `seen` goes into a change."""
    return schemas.TARIFF_PAGE(editor.show_tariff(method, zone, clock.now()))


@act(
    "/office/policy/tariffs/<method>/<int:zone>/prices",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.TariffBody,
    status=201,
    makes=made.APPROVAL,
)
def create_tariff(said: Said, method: str, zone: int) -> Verb:
    """Proposes another price of shipping; a second person agrees to it."""
    change = TariffChange.parse(method, zone, said, clock.now())
    return lambda at: tariff_editing.change_tariff(change, acting(Role.office), at)


@reading("/office/festivals", TAG, "office:read", *READERS, gives=schemas.EditionList)
def list_editions() -> Any:
    """Every edition with its windows. `seen` goes into a change."""
    return {"items": [_edition(found) for found in editions.list_editions()], "next_cursor": None}


@reading("/office/festivals/<int:edition_id>", TAG, "office:read", *READERS, gives=schemas.Edition)
def show_edition(edition_id: int) -> Any:
    """One edition with its windows and texts."""
    return _edition(editions.edition(edition_id))


@act("/office/festivals", TAG, SCOPE, Role.office, says=schemas.EditionBody, status=201, makes=made.EDITION)
def create_edition(said: Said) -> Verb:
    """Announces an edition."""
    wish = EditionWish.parse(said)
    return lambda at: editions.create_edition(wish, acting(Role.office), at)


@act("/office/festivals/<int:edition_id>", TAG, SCOPE, Role.office, says=schemas.EditionChange, method="PUT")
def update_edition(said: Said, edition_id: int) -> Verb:
    """Changes texts and windows of an edition as far as they have not begun."""
    wish, seen = EditionWish.parse(said), said.get("seen", "")
    return lambda at: editions.change_edition(edition_id, wish, seen, acting(Role.office), at)


@reading("/office/texts", TAG, "office:read", *READERS, gives=schemas.TEXT.listed)
def list_texts() -> Any:
    """Every public text in its newest version."""
    return schemas.TEXT.many(newest_texts())


@reading("/office/texts/<key>", TAG, "office:read", *READERS, gives=schemas.TEXT.listed)
def show_text(key: str) -> Any:
    """All versions of one public text, the newest first."""
    return schemas.TEXT.many(versions_of(key))


@reading("/office/pledge-texts/<pledge>", TAG, "office:read", *READERS, gives=schemas.PLEDGE.listed)
def show_pledge_text(pledge: str) -> Any:
    """All versions of one pledge, the newest first."""
    return schemas.PLEDGE.many(versions_of_pledge(_pledge(pledge)))


@act(
    "/office/texts/<key>/versions",
    TAG,
    TEXTS,
    Role.office,
    says=schemas.VersionBody,
    status=201,
    makes=made.VERSION,
)
def create_text_version(said: Said, key: str) -> Verb:
    """Writes the next version of a public text."""
    wording, seen = Wording.parse(said, clock.now()), said.body["seen"]
    return lambda at: write_version(key, wording, seen, acting(Role.office), at)


@act(
    "/office/pledge-texts/<pledge>/versions",
    TAG,
    TEXTS,
    Role.office,
    says=schemas.VersionBody,
    status=201,
    makes=made.APPROVAL,
)
def create_pledge_version(said: Said, pledge: str) -> Verb:
    """Proposes the next version of a pledge; a second person agrees, and every store is asked to accept it."""
    of, wording, seen = _pledge(pledge), Wording.parse(said, clock.now()), said.body["seen"]
    return lambda at: propose_pledge_text(of, wording, seen, acting(Role.office), at)


@act("/office/new-guidelines", TAG, TEXTS, Role.office, says=schemas.WordingBody, status=201, makes=made.TEXT)
def create_guideline(said: Said) -> Verb:
    """Publishes a guideline; every store with a seal is asked to acknowledge it."""
    wording = Wording.parse(said, clock.now())
    return lambda at: publish_text(GUIDELINES, wording, acting(Role.office), at)


@act("/office/first-texts", TAG, TEXTS, Role.office, status=201, makes=made.TEXTS)
def create_first_texts() -> Verb:
    """Publishes the texts and pledges with which the house comes, as far as none of them was published."""

    def verb(at: datetime) -> int:
        texts = publish_first_texts(acting(Role.office), at)
        return len(texts) + len(publish_first_pledges(acting(Role.office), at))

    return verb


def _edition(found: Any) -> dict[str, Any]:
    return {**schemas.EDITION(found), "seen": editions.fingerprint(found)}


def _pledge(key: str) -> Pledge:
    if key not in Pledge.__members__:
        raise NotFound()
    return Pledge(key)
