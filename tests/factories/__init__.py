"""Small functions that write believable rows. Every column can be given by keyword; `at` is the present of the row."""

from tests.factories.festivals import (
    a_festival,
    a_pledge_acceptance,
    a_pledge_text,
    an_application,
    pledge_texts,
    pledges_in_force,
)
from tests.factories.goods import a_category, a_price, a_product, a_variant, an_offer
from tests.factories.people import a_person, a_role, a_session, a_token, an_official
from tests.factories.places import a_city, a_policy_row, a_province, a_tariff, provinces, rules
from tests.factories.rows import AT, change, fresh, number, put, writing
from tests.factories.stores import a_bare_store, a_clearance, a_finding, a_licence, a_member, a_seal, a_store
from tests.factories.world import World, world

__all__ = [
    "AT",
    "World",
    "a_bare_store",
    "a_category",
    "a_city",
    "a_clearance",
    "a_festival",
    "a_finding",
    "a_licence",
    "a_member",
    "a_person",
    "a_pledge_acceptance",
    "a_pledge_text",
    "a_policy_row",
    "a_price",
    "a_product",
    "a_province",
    "a_role",
    "a_seal",
    "a_session",
    "a_store",
    "a_tariff",
    "a_token",
    "a_variant",
    "an_application",
    "an_offer",
    "an_official",
    "change",
    "fresh",
    "number",
    "pledge_texts",
    "pledges_in_force",
    "provinces",
    "put",
    "rules",
    "world",
    "writing",
]
