"""The goods of the stores and what they offer at the festival, one listing after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from marketplace.demo.picture_index import pictures_like
from marketplace.demo.plan import details
from marketplace.demo.plan.edition import EditionPlan
from marketplace.demo.plan.patterns import Pattern, Value
from marketplace.demo.plan.pricing import PricePoint, Pricer
from marketplace.demo.plan.scale import Scale
from marketplace.demo.plan.shelves import favourites_first, plan_shelves, state_chooser
from marketplace.demo.plan.source import stream
from marketplace.demo.plan.stores import StorePlan
from marketplace.demo.plan.wording import Attribute, attribute, describe, look

# Numbers apart from each other in the sequence of a pattern's titles, so that stores seldom share one.
_TITLES_APART = 24


@dataclass(frozen=True, slots=True)
class VariantPlan:
    """One variant of a product; `swatch_hex` when the variants are colours."""

    key: str
    label_fa: str
    label_en: str
    swatch_hex: str | None
    weight_grams: int


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """One product of one store, with the keys of the pictures that show it, best first."""

    key: str
    store_key: str
    category_slug: str
    title_fa: str
    title_en: str
    slug: str
    description_fa: str
    description_en: str
    attributes: tuple[Attribute, ...]
    weight_grams: int
    health_code: str | None
    permit_number: str | None
    picture_keys: tuple[str, ...]
    variants: tuple[VariantPlan, ...]


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """A variant at the festival. `history` is what it cost before, oldest first, without the festival price."""

    key: str
    variant_key: str
    regular_toman: int
    reference_toman: int
    festival_toman: int
    discount_percent: int
    limit_per_buyer: int
    stocked_count: int
    sold_count: int
    state: str
    history: tuple[PricePoint, ...]


@dataclass(frozen=True, slots=True)
class ListingPlan:
    """A product and one offer for each of its variants, in the same order."""

    product: ProductPlan
    offers: tuple[OfferPlan, ...]


def plan_listings(
    scale: Scale, seed: int, edition: EditionPlan, stores: Sequence[StorePlan]
) -> Iterator[ListingPlan]:
    """All goods, store by store; exactly the scale's number of offers. Nothing is held."""
    pricer = Pricer(edition)
    ordinals: dict[str, int] = {}
    for store, count in zip(stores, plan_shelves(scale, seed, stores), strict=True):
        ordinal = ordinals.get(store.category_slug, 0)
        ordinals[store.category_slug] = ordinal + 1
        if count:
            yield from _Shelf(seed, store, ordinal, pricer).listings(count)


class _Shelf:
    """The goods of one store."""

    def __init__(self, seed: int, store: StorePlan, ordinal: int, pricer: Pricer) -> None:
        self._rng = stream(seed, "goods", store.slug)
        self._store = store
        self._number = int(store.key.rpartition("-")[2])
        self._ordinal = ordinal
        self._pricer = pricer
        self._patterns = favourites_first(self._rng, store)
        self._state = state_chooser(self._rng, store)

    def listings(self, count: int) -> Iterator[ListingPlan]:
        """Products until their offers are this many."""
        nth = 0
        while count > 0:
            turn, place = divmod(nth, len(self._patterns))
            listing = self._listing(self._patterns[place], nth, turn * _TITLES_APART + self._ordinal, count)
            count -= len(listing.offers)
            nth += 1
            yield listing

    def _listing(self, pattern: Pattern, nth: int, title_number: int, room: int) -> ListingPlan:
        rng = self._rng
        key = f"{self._number}-{nth + 1}"
        titled = pattern.picks(title_number)
        spare, count = details.choose_values(rng, pattern, room)
        picks = titled + spare
        chosen = [values[pick] for (_, values), pick in zip(pattern.slots, picks, strict=True)]
        levels = details.levels(rng, pattern, picks, count)
        variants = self._variants(pattern, key, chosen, spare, levels)
        offers = tuple(
            self._offer(f"{key}-{place}", nth, details.between(pattern.price, level))
            for place, level in enumerate(levels, 1)
        )
        return ListingPlan(self._product(pattern, key, chosen, variants), offers)

    def _product(
        self, pattern: Pattern, key: str, chosen: list[Value], variants: tuple[VariantPlan, ...]
    ) -> ProductPlan:
        rng = self._rng
        named = dict(zip((slot for slot, _ in pattern.slots), chosen, strict=True))
        title_en = pattern.title_en.format_map({slot: value["en"] for slot, value in named.items()})
        left_out = _left_out(pattern, chosen) if len(variants) == 1 else None
        turn = rng.random()
        said_fa, said_en = describe(pattern, turn, left_out, variants[0].weight_grams)
        return ProductPlan(
            key=f"product-{key}",
            store_key=self._store.key,
            category_slug=pattern.category,
            title_fa=pattern.title_fa.format_map({slot: value["fa"] for slot, value in named.items()}),
            title_en=title_en[0].upper() + title_en[1:],
            slug=details.slug(title_en, key),
            description_fa=said_fa,
            description_en=said_en,
            attributes=_attributes(pattern, chosen, len(variants)),
            weight_grams=variants[0].weight_grams,
            health_code=details.health_code(rng, pattern.category),
            permit_number=details.permit_number(rng, pattern.category),
            picture_keys=pictures_like(
                pattern.category, pattern.shown(chosen), look(named), int(turn * 9973)
            ),
            variants=variants,
        )

    def _variants(
        self, pattern: Pattern, key: str, chosen: list[Value], spare: list[int], levels: list[float]
    ) -> tuple[VariantPlan, ...]:
        found = []
        for place, level in enumerate(levels):
            value = details.STANDARD
            if spare:
                value = pattern.slots[pattern.titled][1][spare[0] + place]
                chosen = [*chosen[: pattern.titled], value, *chosen[pattern.titled + 1 :]]
            grams = details.weight(pattern, chosen, level)
            found.append(
                VariantPlan(f"variant-{key}-{place + 1}", value["fa"], value["en"], value.get("hex"), grams)
            )
        return tuple(found)

    def _offer(self, key: str, nth: int, toman: float) -> OfferPlan:
        rng = self._rng
        state = self._state(nth)
        pricer = self._pricer
        price = pricer.dishonest(rng, toman) if state == "rejected" else pricer.honest(rng, toman)
        stocked, sold = details.stock(rng, state, self._store.pull)
        return OfferPlan(
            key=f"offer-{key}",
            variant_key=f"variant-{key}",
            regular_toman=price.regular,
            reference_toman=price.reference,
            festival_toman=price.festival,
            discount_percent=price.percent,
            limit_per_buyer=details.limit(rng, price.festival),
            stocked_count=stocked,
            sold_count=sold,
            state=state,
            history=price.history,
        )


def _left_out(pattern: Pattern, chosen: list[Value]) -> tuple[str, str, str] | None:
    if pattern.titled == len(chosen):
        return None
    value = chosen[pattern.titled]
    return pattern.slots[pattern.titled][0], value["fa"], value["en"]


def _attributes(pattern: Pattern, chosen: list[Value], variants: int) -> tuple[Attribute, ...]:
    """Every value but the one in which the variants differ."""
    pairs = zip(pattern.slots, chosen, strict=True)
    return tuple(
        attribute(pattern.category, slot, value["fa"], value["en"])
        for place, ((slot, _), value) in enumerate(pairs)
        if variants == 1 or place != pattern.titled
    )
