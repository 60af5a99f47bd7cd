"""Every table in one place: metadata for migrations and tests."""

from __future__ import annotations

from marketplace.accounts import models as accounts
from marketplace.catalog import models as catalog
from marketplace.core import models as core
from marketplace.core.db import Base
from marketplace.festival import models as festival
from marketplace.festival import offer_models
from marketplace.files import models as files
from marketplace.inspections import models as inspections
from marketplace.ledger import models as ledger
from marketplace.lottery import models as lottery
from marketplace.messages import models as messages
from marketplace.orders import models as orders
from marketplace.payments import models as payments
from marketplace.policy import models as policy
from marketplace.reviews import models as reviews
from marketplace.stores import case_models as store_cases
from marketplace.stores import models as stores

SLICES = (
    accounts,
    catalog,
    core,
    festival,
    offer_models,
    files,
    inspections,
    ledger,
    lottery,
    messages,
    orders,
    payments,
    policy,
    reviews,
    stores,
    store_cases,
)
metadata = Base.metadata
