"""Stores in any mixture of states and dates, written many at a time, for tests of the predicate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import insert

from marketplace.catalog.models import Variant
from marketplace.core.db import db
from marketplace.festival.guest_models import GuestOffer
from marketplace.festival.models import (
    Application,
    ApplicationState,
    Offer,
    OfferState,
    Pledge,
    PledgeAcceptance,
)
from marketplace.inspections.models import Finding, Severity
from marketplace.stores.hosting_models import Hosting, HostingState
from marketplace.stores.models import (
    Clearance,
    ClearanceState,
    LicenceState,
    Seal,
    SealState,
    Store,
    UnionLicence,
)
from tests.factories.festivals import a_festival, a_pledge_text, pledge_texts
from tests.factories.goods import a_category, a_product
from tests.factories.places import a_province
from tests.factories.rows import AT, number, writing
from tests.factories.stores import a_bare_store

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
MOMENTS = (AT - 2 * HOUR, AT, AT + SECOND)
FINE = (AT - DAY, AT + DAY)
SPANS = (FINE, (AT, AT + SECOND), (AT + SECOND, AT + DAY), (AT - DAY, AT), (AT - DAY, AT + SECOND))


@dataclass(frozen=True)
class Written:
    """A store with one offer as it will be written. Every field is one fact that admission asks."""

    application: ApplicationState | None
    is_elsewhere: bool  # it applied to another edition than its offer's
    pledged_elsewhere: bool  # it pledged for another edition than its offer's
    seal: tuple[SealState, tuple[datetime, datetime]] | None
    licence: tuple[LicenceState, tuple[datetime, datetime]] | None
    clearance: tuple[ClearanceState, datetime | None] | None
    findings: tuple[tuple[Severity, bool], ...]
    pledges: tuple[tuple[Pledge, int], ...]
    is_hidden: bool
    offer: OfferState
    stock: tuple[int, int, int]
    window: int
    guest: tuple[HostingState, bool, bool | None] | None = None
    """Sold for a guest: the hosting's state, whether the guest is hidden, whether it has a critical finding (None: one
    that was cleared)."""


def mostly(good: Any, others: Any) -> st.SearchStrategy[Any]:
    """One of ten is not in order, so that of eleven facts some stores have none, some one, some several wrong."""
    return st.integers(0, 9).flatmap(lambda n: st.sampled_from(list(others)) if n == 0 else st.just(good))


ALL_PLEDGES = ((Pledge.free_shipping, 1), (Pledge.hygiene_kit, 2), (Pledge.lottery_share, 1))
OTHER_PLEDGES = (
    (),
    ALL_PLEDGES[:2],
    ((Pledge.free_shipping, 1), (Pledge.hygiene_kit, 1), (Pledge.lottery_share, 1)),
    ((Pledge.free_shipping, 1), (Pledge.hygiene_kit, 3), (Pledge.lottery_share, 1)),
    (*ALL_PLEDGES, (Pledge.hygiene_kit, 1), (Pledge.hygiene_kit, 3)),
)
stores = st.builds(
    Written,
    application=mostly(ApplicationState.approved, (None, *ApplicationState)),
    is_elsewhere=mostly(False, (True,)),
    pledged_elsewhere=mostly(False, (True,)),
    seal=mostly((SealState.active, FINE), (None, *((s, span) for s in SealState for span in SPANS))),
    licence=mostly((LicenceState.active, FINE), (None, *((s, span) for s in LicenceState for span in SPANS))),
    clearance=mostly(
        (ClearanceState.clear, AT + DAY),
        (None, *((s, u) for s in ClearanceState for u in (None, AT, AT + SECOND, AT + DAY))),
    ),
    findings=mostly(
        (),
        [((s, cleared),) for s in Severity for cleared in (True, False)]
        + [((Severity.critical, True), (Severity.critical, False))],
    ),
    pledges=mostly(ALL_PLEDGES, OTHER_PLEDGES),
    is_hidden=mostly(False, (True,)),
    offer=mostly(OfferState.live, OfferState),
    stock=mostly((5, 2, 2), ((0, 0, 0), (5, 5, 0), (5, 0, 5), (5, 2, 3), (1, 0, 0))),
    window=mostly(0, range(5)),
    guest=mostly(
        None,
        [
            (state, hidden, finding)
            for state in HostingState
            for hidden in (False, True)
            for finding in (False, True, None)
        ],
    ),
)


@dataclass(frozen=True)
class Ground:
    """What all written stores stand on: five editions with different windows, one product to make variants of."""

    festivals: list[int]
    province_id: int
    product_id: int
    category_id: int


def a_ground() -> Ground:
    """Five editions: live, not begun, over, live for one second from now on, live for one second more."""
    with writing():
        pledge_texts(at=AT - 30 * DAY)
        a_pledge_text(Pledge.hygiene_kit, at=AT - HOUR, version=2)
        a_pledge_text(Pledge.hygiene_kit, at=AT + SECOND, version=3)
        windows = (FINE, (AT + SECOND, AT + DAY), (AT - DAY, AT), (AT, AT + SECOND), (AT - DAY, AT + SECOND))
        festivals = [a_festival(live_from=start, live_until=end).id for start, end in windows]
        category, province = a_category(), a_province()
        product = a_product(a_bare_store(province=province), category)
        return Ground(festivals, province.id, product.id, category.id)


def write(batch: list[Written], ground: Ground) -> dict[int, Written]:
    """Writes a batch with few statements; store and offer share the id under which each is given."""
    rows: dict[type, list[dict[str, Any]]] = {}

    def add(model: type, **values: Any) -> None:
        rows.setdefault(model, []).append(values)

    made = {}
    for wanted in batch:
        n = 1_000 + number()
        festival = ground.festivals[wanted.window]
        applied = ground.festivals[wanted.window - 1] if wanted.is_elsewhere else festival
        pledged = ground.festivals[wanted.window - 1] if wanted.pledged_elsewhere else festival
        made[n] = wanted
        columns = store_columns(n, ground)
        if wanted.is_hidden:
            columns |= {"hidden_at": AT, "hidden_reason": "x"}
        add(Store, **columns)
        add(Variant, id=n, product_id=ground.product_id, weight_grams=1)
        stocked, sold, held = wanted.stock
        add(
            Offer,
            id=n,
            festival_id=festival,
            store_id=n,
            product_id=ground.product_id,
            variant_id=n,
            slug="o",
            category_id=ground.category_id,
            title_fa="ک",
            title_en="G",
            search_text="g",
            state=wanted.offer,
            regular_toman=2,
            reference_toman=2,
            festival_toman=1,
            discount_percent=50,
            limit_per_buyer=1,
            stocked_count=stocked,
            sold_count=sold,
            held_count=held,
            reduced_at=AT,
            created_at=AT,
        )
        if wanted.application:
            add(Application, festival_id=applied, store_id=n, state=wanted.application, reasons=[])
        if wanted.seal:
            state, (start, end) = wanted.seal
            add(Seal, store_id=n, code=f"S{n}", stars=3, state=state, valid_from=start, valid_until=end)
        if wanted.licence:
            state, (start, end) = wanted.licence
            add(UnionLicence, store_id=n, number=f"L{n}", state=state, valid_from=start, valid_until=end)
        if wanted.clearance:
            add(Clearance, store_id=n, state=wanted.clearance[0], valid_until=wanted.clearance[1])
        for severity, is_cleared in wanted.findings:
            add(
                Finding,
                store_id=n,
                severity=severity,
                text_fa="x",
                found_at=AT,
                cleared_at=AT if is_cleared else None,
            )
        for pledge, version in wanted.pledges:
            add(
                PledgeAcceptance,
                festival_id=pledged,
                store_id=n,
                pledge=pledge,
                version=version,
                accepted_at=AT,
            )
        _add_guest(add, n, wanted, ground)
    with writing():
        for model, values in rows.items():
            db.session.execute(insert(model), values)
    return made


def _add_guest(add: Any, n: int, wanted: Written, ground: Ground) -> None:
    if wanted.guest is None:
        return
    state, is_hidden, critical = wanted.guest
    guest = 10_000_000 + n
    columns = store_columns(guest, ground)
    if is_hidden:
        columns |= {"hidden_at": AT, "hidden_reason": "x"}
    add(Store, **columns)
    is_over = state in (HostingState.refused, HostingState.ended)
    add(
        Hosting,
        id=n,
        host_id=n,
        guest_id=guest,
        state=state,
        proposed_by_store_id=n,
        proposed_at=AT,
        host_accepted_at=AT,
        guest_accepted_at=AT if state is HostingState.active else None,
        ended_at=AT if is_over else None,
    )
    add(GuestOffer, offer_id=n, hosting_id=n, named_at=AT)
    if critical is not False:
        add(
            Finding,
            store_id=guest,
            severity=Severity.critical,
            text_fa="x",
            found_at=AT,
            cleared_at=AT if critical is None else None,
        )


def store_columns(n: int, ground: Ground) -> dict[str, Any]:
    """The columns of a plain store."""
    return {
        "id": n,
        "slug": f"s-{n}",
        "kind": "online",
        "name_fa": "ف",
        "name_en": "F",
        "sort_key": "f",
        "manager_name": "م",
        "province_id": ground.province_id,
        "city_fa": "ت",
        "city_en": "T",
        "address": "x",
        "postal_code": "1",
        "phone": "1",
        "domain": None,
        "founded_on": AT.date(),
        "created_at": AT,
        "hidden_at": None,
        "hidden_reason": None,
    }


FINE_STORE = Written(
    ApplicationState.approved,
    False,
    False,
    (SealState.active, FINE),
    (LicenceState.active, FINE),
    (ClearanceState.clear, AT + DAY),
    (),
    ALL_PLEDGES,
    False,
    OfferState.live,
    (1, 0, 0),
    0,
)
"""All in order, one piece left."""
