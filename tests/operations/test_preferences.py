"""What somebody switched off does not go out; what they cannot switch off does."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.kinds import OPTIONAL, NoticeKind
from marketplace.messages.models import Channel, Message, MessagePreference, WishSource
from marketplace.messages.outbox import tell
from marketplace.messages.preferences import (
    read_stop_token,
    set_wishes,
    stop_channel,
    stop_mobile,
    stop_token,
    wishes_of,
)
from marketplace.stores.announcing import tell_store
from marketplace.stores.models import MemberRole
from tests.factories import a_person, world
from tests.factories.buying import rows_of

SHIPPED = {"number": "1", "store": "نیک", "tracking_code": "ABC", "path": "/orders/1"}


def _tell(person: Any, at, template: str = "order_shipped", key: str = "k", params=SHIPPED) -> list[str]:
    with unit_of_work():
        tell(key=key, person=person.id, template=template, params=params, subject="order:1", at=at)
    rows = db.session.scalars(select(Message.channel).where(Message.key.startswith(f"{key}:")))
    return sorted(rows)


def test_a_template_goes_to_all_its_channels_once(ctx, at):
    person = a_person(email="sara@example.ir")
    assert _tell(person, at) == ["app", "mail", "sms"]
    assert _tell(person, at) == ["app", "mail", "sms"]
    assert rows_of(Message) == 3


def test_a_switched_off_channel_is_silent_and_the_centre_is_not(ctx, at):
    person = a_person(email="sara@example.ir")
    with unit_of_work():
        set_wishes(person.id, {(NoticeKind.orders, Channel.sms): False}, at)
    assert _tell(person, at) == ["app", "mail"]
    with unit_of_work():
        set_wishes(person.id, {(NoticeKind.orders, Channel.sms): True}, at)
    assert _tell(person, at, key="k2") == ["app", "mail", "sms"]
    assert rows_of(MessagePreference) == 1


@pytest.mark.parametrize("template", ["refund_sent", "password_changed"])
def test_rights_and_security_cannot_be_switched_off(ctx, at, template):
    person = a_person(email="sara@example.ir")
    switches = {(kind, channel): False for kind in NoticeKind for channel in Channel}
    with unit_of_work():
        set_wishes(person.id, switches, at)
    assert rows_of(MessagePreference) == len(OPTIONAL) * 2
    assert _tell(person, at, template, params={"number": "1", "amount_toman": 5}) == ["app", "mail", "sms"]


def test_wishes_for_price_drops_by_sms_are_off_at_first(ctx, at):
    person = a_person()
    assert wishes_of(person.id)[NoticeKind.wishlist, Channel.sms] is False
    assert _tell(person, at, "price_dropped", params={"title": "x", "old_toman": 2, "new_toman": 1}) == [
        "app"
    ]


def test_a_link_switches_one_channel_of_one_person_off(ctx, at):
    person, other = a_person(email="a@example.ir"), a_person()
    token = stop_token(person.id, Channel.sms)
    with unit_of_work():
        stop_channel(*read_stop_token(token), at, WishSource.link)
    assert not any(on for (_, channel), on in wishes_of(person.id).items() if channel is Channel.sms)
    assert wishes_of(person.id)[NoticeKind.orders, Channel.mail]
    assert wishes_of(other.id)[NoticeKind.orders, Channel.sms]
    for wrong in (
        token[:-1],
        token + "0",
        token.replace("sms", "mail"),
        token.replace(str(person.id), str(other.id), 1),
        "",
        "1.app.00",
        "٣.sms.x",
        "..",
    ):
        with pytest.raises(NotFound):
            read_stop_token(wrong)


def test_an_sms_stops_and_starts_short_messages(ctx, at):
    person = a_person()
    with unit_of_work():
        assert stop_mobile(person.mobile, at)
    assert _tell(person, at) == ["app"]
    with unit_of_work():
        assert stop_mobile(person.mobile, at, is_on=True)
        assert not stop_mobile("09990000000", at)
    assert _tell(person, at, key="k2") == ["app", "sms"]


def test_a_store_is_told_through_its_members(ctx, at):
    small = world(at)
    store, owner = small.stores[0], small.owners[0]
    with unit_of_work():
        for _ in range(2):
            tell_store(
                store.id,
                key="store-order:1:near",
                template="ship_deadline_near",
                params={"number": "1", "ship_until_at": at.isoformat()},
                subject="store-order:1",
                at=at,
                roles=(MemberRole.owner,),
            )
    told = db.session.execute(select(Message.person_id, Message.channel).order_by(Message.channel)).all()
    assert [tuple(row) for row in told] == [(owner.id, "app"), (owner.id, "sms")]
