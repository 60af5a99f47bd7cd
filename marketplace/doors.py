"""What the app carries to the outside: pages, addresses for programs, commands, and what each page is given.

The tables of what happens inside are in `wiring/`.
"""

from __future__ import annotations

from flask_migrate.cli import db as migration_commands

from marketplace.accounts import second_views
from marketplace.accounts import views as accounts_views
from marketplace.api import calls
from marketplace.api import views as api_views
from marketplace.cli.black_box import audit, blackbox
from marketplace.cli.carriers import delivered
from marketplace.cli.demonstration import demo, pictures, seed
from marketplace.cli.drill import drill
from marketplace.cli.keeping import backup, backup_key, restore
from marketplace.cli.looking_after import doctor, facets, invariants, sweep, token, user
from marketplace.cli.lottery import lottery
from marketplace.cli.openapi import openapi
from marketplace.cli.resealing import reseal
from marketplace.cli.running import sandbox, worker
from marketplace.cli.serving import serve
from marketplace.cli.settling import settle
from marketplace.cli.texts import texts
from marketplace.complaints import desk as complaints_desk
from marketplace.complaints import panel_views as complaints_panel
from marketplace.complaints import views as complaints_views
from marketplace.core import health
from marketplace.files import views as files_views
from marketplace.guarantee import (
    claim_desk_views,
    claim_panel_views,
    claim_views,
    debts_views,
    fund_desk_views,
    fund_views,
)
from marketplace.lottery import cost_desk_views, draw_desk_views, event_views, winner_views
from marketplace.lottery import desk as lottery_desk
from marketplace.lottery import panel_views as lottery_panel
from marketplace.lottery import views as lottery_views
from marketplace.messages import desk as message_desk
from marketplace.messages import ticket_desk_views, ticket_views, wish_views
from marketplace.messages import views as messages_views
from marketplace.office import (
    application_file_views,
    approval_views,
    clearance_views,
    dispute_views,
    edition_views,
    import_views,
    inspection_text_views,
    inspection_views,
    licence_views,
    payout_views,
    reconciliation_views,
    recovery_views,
    refund_views,
    return_views,
    seal_views,
    wording_views,
)
from marketplace.office import application_views as application_desk_views
from marketplace.office import offer_views as office_offer_views
from marketplace.office import views as office_views
from marketplace.office.navigation import office_context
from marketplace.oversight import (
    audit_views,
    black_box_views,
    chore_views,
    letter_views,
    pledge_views,
    spot_check_views,
)
from marketplace.panel import after_views as panel_after_views
from marketplace.panel import (
    application_views,
    cover_views,
    health_views,
    hook_views,
    hosting_views,
    offer_file_views,
    offer_import_views,
    offer_views,
    pickup_views,
    settlement_views,
)
from marketplace.panel import seal_views as panel_seal_views
from marketplace.panel import views as panel_views
from marketplace.panel.navigation import panel_context
from marketplace.panel.offer_answers import blueprint as offer_blueprint
from marketplace.payments import views as payments_views
from marketplace.policy import desk as policy_desk
from marketplace.reviews import desk as review_desk
from marketplace.reviews import store_views as store_reviews
from marketplace.reviews import views as reviews_views
from marketplace.stats import desk as stats_desk
from marketplace.stats import views as stats_views
from marketplace.storefront import (
    after_views,
    cart_views,
    discovery_views,
    feed_views,
    guideline_views,
    me_data_views,
    me_factor_views,
    me_security_views,
    me_token_views,
    me_views,
    order_views,
    record_views,
    text_views,
)
from marketplace.storefront import pickup_views as pickup_pages
from marketplace.storefront import views as storefront_views
from marketplace.storefront.blueprint import blueprint as storefront_blueprint
from marketplace.storefront.context import page_context
from marketplace.stores import views as stores_views
from marketplace.suspicions import desk as suspicions_desk
from marketplace.suspicions import panel_views as suspicions_panel
from marketplace.suspicions import views as suspicions_views

ME_VIEWS = (me_views, me_data_views, me_factor_views, me_security_views, me_token_views)
STOREFRONT_VIEWS = (
    storefront_views,
    after_views,
    cart_views,
    order_views,
    pickup_pages,
    text_views,
    guideline_views,
    record_views,
    discovery_views,
    feed_views,
)
PANEL_OFFER_VIEWS = (offer_views, offer_file_views)
API_VIEWS = calls.API_VIEWS
PAPER_VIEWS = (seal_views, import_views, licence_views, clearance_views, panel_seal_views, stores_views)
BLUEPRINTS = (
    health.blueprint,
    storefront_blueprint,
    accounts_views.blueprint,
    second_views.blueprint,
    messages_views.blueprint,
    wish_views.blueprint,
    ticket_views.blueprint,
    ticket_desk_views.blueprint,
    me_views.blueprint,
    message_desk.blueprint,
    reviews_views.blueprint,
    store_reviews.blueprint,
    review_desk.blueprint,
    suspicions_views.blueprint,
    suspicions_panel.blueprint,
    suspicions_desk.blueprint,
    files_views.blueprint,
    payments_views.blueprint,
    panel_views.blueprint,
    panel_after_views.blueprint,
    application_views.blueprint,
    hook_views.blueprint,
    hosting_views.blueprint,
    health_views.blueprint,
    pickup_views.blueprint,
    offer_blueprint,
    offer_import_views.blueprint,
    complaints_views.blueprint,
    complaints_panel.blueprint,
    complaints_desk.blueprint,
    claim_views.blueprint,
    claim_panel_views.blueprint,
    claim_desk_views.blueprint,
    settlement_views.blueprint,
    office_views.blueprint,
    refund_views.blueprint,
    dispute_views.blueprint,
    return_views.blueprint,
    office_offer_views.blueprint,
    inspection_views.blueprint,
    inspection_text_views.blueprint,
    spot_check_views.blueprint,
    letter_views.blueprint,
    pledge_views.blueprint,
    application_desk_views.blueprint,
    application_file_views.blueprint,
    approval_views.blueprint,
    recovery_views.blueprint,
    edition_views.blueprint,
    wording_views.blueprint,
    *(views.blueprint for views in PAPER_VIEWS),
    payout_views.blueprint,
    reconciliation_views.blueprint,
    policy_desk.blueprint,
    fund_views.blueprint,
    fund_desk_views.blueprint,
    debts_views.blueprint,
    cover_views.blueprint,
    lottery_views.blueprint,
    lottery_desk.blueprint,
    cost_desk_views.blueprint,
    draw_desk_views.blueprint,
    event_views.blueprint,
    winner_views.blueprint,
    lottery_panel.blueprint,
    stats_views.blueprint,
    stats_desk.blueprint,
    audit_views.blueprint,
    black_box_views.blueprint,
    chore_views.blueprint,
    api_views.blueprint,
)
COMMANDS = (
    demo,
    pictures,
    seed,
    serve,
    worker,
    sandbox,
    sweep,
    settle,
    texts,
    delivered,
    invariants,
    reseal,
    doctor,
    facets,
    user,
    token,
    openapi,
    lottery,
    blackbox,
    audit,
    backup,
    restore,
    backup_key,
    drill,
    migration_commands,
)
CONTEXTS = (page_context, panel_context, office_context)
