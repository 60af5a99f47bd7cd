"""Every table in one place: metadata for migrations and tests."""

from __future__ import annotations

from marketplace.accounts import data_models as accounts_data
from marketplace.accounts import models as accounts
from marketplace.accounts import second_models as accounts_second
from marketplace.accounts import work_models as accounts_work
from marketplace.catalog import models as catalog
from marketplace.complaints import models as complaints
from marketplace.core import models as core
from marketplace.core.db import Base
from marketplace.festival import application_models, guest_models, offer_models
from marketplace.festival import models as festival
from marketplace.files import models as files
from marketplace.guarantee import book_models, claim_models, decision_models, recourse_models
from marketplace.inspections import models as inspections
from marketplace.ledger import models as ledger
from marketplace.lottery import cost_models, figure_models
from marketplace.lottery import models as lottery
from marketplace.messages import hook_models as hooks
from marketplace.messages import models as messages
from marketplace.messages import ticket_models as tickets
from marketplace.orders import address_models as orders_addresses
from marketplace.orders import after_models as orders_after
from marketplace.orders import models as orders
from marketplace.orders import pickup_models as pickups
from marketplace.orders import settlement_models as settlement
from marketplace.oversight import models as oversight
from marketplace.oversight import watch_models
from marketplace.payments import dispute_models as disputes
from marketplace.payments import models as payments
from marketplace.payments import payout_models as payouts
from marketplace.payments import reconciliation_models as reconciliation
from marketplace.policy import models as policy
from marketplace.reviews import models as reviews
from marketplace.stats import models as stats
from marketplace.stores import case_models as store_cases
from marketplace.stores import hosting_models
from marketplace.stores import models as stores
from marketplace.stores import record_models as store_records
from marketplace.suspicions import models as suspicions

SLICES = (
    accounts_data,
    tickets,
    hooks,
    orders_addresses,
    accounts,
    accounts_second,
    accounts_work,
    catalog,
    complaints,
    core,
    festival,
    guest_models,
    application_models,
    offer_models,
    files,
    inspections,
    ledger,
    lottery,
    oversight,
    watch_models,
    cost_models,
    figure_models,
    messages,
    orders,
    orders_after,
    pickups,
    payments,
    disputes,
    payouts,
    policy,
    reconciliation,
    settlement,
    reviews,
    stats,
    stores,
    store_cases,
    hosting_models,
    store_records,
    claim_models,
    decision_models,
    recourse_models,
    book_models,
    suspicions,
)
metadata = Base.metadata
