"""A small festival in the middle of its days: what most tests of a slice begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.accounts.models import Person, Role
from marketplace.catalog.models import Category
from marketplace.festival.models import Festival, Offer
from marketplace.policy.models import Province
from marketplace.stores.models import Store
from tests.factories.festivals import a_festival, pledge_texts
from tests.factories.goods import a_category, an_offer
from tests.factories.people import a_person, an_official
from tests.factories.places import provinces, rules
from tests.factories.rows import AT, writing
from tests.factories.stores import a_store


@dataclass(frozen=True)
class World:
    """Three admitted stores of three provinces with six offers; two shoppers; an office official.

    Offers by price: `soap` 60,000 and `scarf` 100,000 of the first store, `tea` 60,000 and `saffron` 100,001 of the
    second, `bowl` 250,000 and `carpet` 1,736,000 of the third; ten of each, five a buyer.
    """

    at: datetime
    festival: Festival
    provinces: list[Province]
    categories: list[Category]
    stores: list[Store]
    owners: list[Person]
    soap: Offer
    scarf: Offer
    tea: Offer
    saffron: Offer
    bowl: Offer
    carpet: Offer
    shopper: Person
    shopper2: Person
    office: Person

    @property
    def offers(self) -> list[Offer]:
        return [self.soap, self.scarf, self.tea, self.saffron, self.bowl, self.carpet]


def world(at: datetime = AT) -> World:
    """Writes the small festival around a moment. Once a database."""
    with writing():
        rules()
        pledge_texts()
        places = provinces()
        festival = a_festival(at=at, slug="nowruz-1405")
        beauty = a_category(slug="beauty", name_fa="آرایشی و بهداشتی", name_en="Beauty", position=1)
        crafts = a_category(slug="crafts", name_fa="صنایع دستی", name_en="Crafts", position=2)
        owners = [a_person(at=at) for _ in range(3)]
        artin, nik, lalejin = (
            a_store(
                at=at,
                festival=festival,
                owner=owner,
                province_id=place.id,
                slug=slug,
                name_fa=fa,
                name_en=en,
                city_fa=place.name_fa,
                city_en=place.name_en,
            )
            for owner, place, (slug, fa, en) in zip(
                owners,
                places,
                (
                    ("artin", "چرم آرتین", "Artin Leather"),
                    ("nik", "عطاری نیک", "Nik Herbs"),
                    ("lalejin", "سفال لالجین", "Lalejin Pottery"),
                ),
                strict=False,
            )
        )
        return World(
            at=at,
            festival=festival,
            provinces=places,
            categories=[beauty, crafts],
            stores=[artin, nik, lalejin],
            owners=owners,
            soap=an_offer(
                artin, festival, beauty, at=at, toman=60_000, title_fa="صابون زیتون", title_en="Olive soap"
            ),
            scarf=an_offer(
                artin, festival, crafts, at=at, toman=100_000, title_fa="شال پشمی", title_en="Wool scarf"
            ),
            tea=an_offer(
                nik, festival, beauty, at=at, toman=60_000, title_fa="چای لاهیجان", title_en="Lahijan tea"
            ),
            saffron=an_offer(
                nik, festival, beauty, at=at, toman=100_001, title_fa="زعفران سرگل", title_en="Saffron"
            ),
            bowl=an_offer(
                lalejin, festival, crafts, at=at, toman=250_000, title_fa="کاسه‌ی سفالی", title_en="Clay bowl"
            ),
            carpet=an_offer(
                lalejin,
                festival,
                crafts,
                at=at,
                toman=1_736_000,
                title_fa="قالیچه‌ی دستباف",
                title_en="Handwoven rug",
                weight_grams=6_500,
            ),
            shopper=a_person(at=at, given_name="سارا", surname="نوری"),
            shopper2=a_person(at=at, given_name="رضا", surname="بهرامی"),
            office=an_official(Role.office, at=at, given_name="کیوان", surname="صدر"),
        )
