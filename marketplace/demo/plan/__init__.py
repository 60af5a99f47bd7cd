"""What the demo festival consists of, decided without a database.

Everything here is pure, seeded and deterministic: the same scale, seed and moment give the same plan, and a
larger scale keeps the people, stores and titles of a smaller one. Each noun draws from its own stream of
random numbers. The present moment is an argument; nothing reads a clock.

    edition = plan_edition(now)
    stores = plan_stores(scale, seed, edition)
    for listing in plan_listings(scale, seed, edition, stores):   # streams, never held
        listing.product, listing.offers
    shoppers, officials = plan_people(count, seed), plan_officials(count, seed)

Shapes (frozen dataclasses): `edition.EditionPlan`, `people.PersonPlan`, `stores.StorePlan` with
`papers.SealPlan`, `LicencePlan`, `ClearancePlan`, `PledgePlan`, `goods.ListingPlan` of one `ProductPlan` (with
`VariantPlan`s) and one `OfferPlan` for each variant, in the same order. Pictures are named by the keys of
`marketplace.demo.picture_index`. Money is an integer number of toman, moments are aware UTC.
"""
