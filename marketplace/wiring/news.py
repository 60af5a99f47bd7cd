"""Event -> handlers, called in this order inside the unit that published it.

What books, stock or entries do about an event stands or falls with it; whoever tells people only queues.
"""

from __future__ import annotations

from marketplace.accounts.events import CodeIssued, SecondFactorChanged, SignedInAnew
from marketplace.core.events import Handlers
from marketplace.festival.events import OfferRepriced, OfferRestocked
from marketplace.guarantee.claim_clocks import collect_from_failed_payout, collect_from_settlement
from marketplace.guarantee.making_good import hear_order_chargeback, hear_repayment
from marketplace.guarantee.paying import hear_refund as hear_claim_refund
from marketplace.guarantee.paying_by_file import hear_transfer_paid, hear_transfer_refused
from marketplace.lottery.entries import grant_entries, void_entries
from marketplace.messages.events import HookDisabled
from marketplace.messages.notices import tell_code, tell_new_sign_in, tell_second_factor
from marketplace.orders.after_notices import tell_refunded, tell_transferred
from marketplace.orders.chargebacks import hear_dispute, hear_dispute_won, take_chargeback
from marketplace.orders.events import (
    OrderChargedBack,
    OrderPaid,
    StoreOrderCancelled,
    StoreOrderChargedBack,
    StoreOrderDelivered,
    StoreOrderRefunded,
    StoresSettled,
)
from marketplace.orders.hook_events import hook_cancelled, hook_delivered, hook_paid, hook_refunded
from marketplace.orders.notices import tell_delivered, tell_order_paid
from marketplace.orders.payment import hear_failure, settle_refund, take_capture
from marketplace.payments.events import (
    DisputeLost,
    DisputeWon,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PayoutAccountChanged,
    PayoutFailed,
    PayoutPaid,
    RefundRefused,
    RefundSucceeded,
    ShopperTransferPaid,
    ShopperTransferRefused,
)
from marketplace.payments.notices import tell_account_changed, tell_payout_failed, tell_payout_paid
from marketplace.reviews.wishes import tell_price_drop, tell_restock
from marketplace.stores.announcing import tell_hook_disabled

HANDLERS: Handlers = {
    CodeIssued: (tell_code,),
    SignedInAnew: (tell_new_sign_in,),
    SecondFactorChanged: (tell_second_factor,),
    PaymentCaptured: (take_capture,),
    PaymentFailed: (hear_failure,),
    RefundSucceeded: (settle_refund, hear_claim_refund, tell_refunded),
    RefundRefused: (tell_refunded,),
    OrderPaid: (grant_entries, tell_order_paid, hook_paid),
    StoreOrderDelivered: (tell_delivered, hook_delivered),
    StoreOrderCancelled: (void_entries, hook_cancelled),
    StoreOrderRefunded: (void_entries, hear_repayment, hook_refunded),
    PaymentDisputed: (hear_dispute,),
    DisputeWon: (hear_dispute_won,),
    DisputeLost: (take_chargeback,),
    StoreOrderChargedBack: (void_entries,),
    OrderChargedBack: (hear_order_chargeback,),
    StoresSettled: (collect_from_settlement,),
    PayoutPaid: (tell_payout_paid,),
    PayoutFailed: (tell_payout_failed, collect_from_failed_payout),
    PayoutAccountChanged: (tell_account_changed,),
    ShopperTransferPaid: (hear_transfer_paid, tell_transferred),
    ShopperTransferRefused: (hear_transfer_refused, tell_transferred),
    HookDisabled: (tell_hook_disabled,),
    OfferRepriced: (tell_price_drop,),
    OfferRestocked: (tell_restock,),
}
