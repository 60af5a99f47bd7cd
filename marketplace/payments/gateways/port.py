"""What the marketplace asks of a payment gateway, and the answers and errors it gets.

Amounts are whole toman, moments are aware UTC. `amount_toman` is None where the gateway's amount is
absent, in another currency (`currency_ok` is then False), or no whole number of toman.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol

from marketplace.core import clock
from marketplace.core.errors import Conflict, Malformed, Unavailable

MOST_KEY_CHARACTERS = 255


class SessionStatus(StrEnum):
    OPEN = "open"  # the hosted page takes money
    COMPLETE = "complete"  # the payer is through; `paid` says whether money moved
    EXPIRED = "expired"  # no money can come any more


KEY_LIFE = timedelta(hours=12)
"""So long a key is leant on. Gateways forget keys after a day or so (Stripe: not before 24 hours), and the same ask is
another one then: what was asked longer ago is looked for in the gateway's list first."""


def is_key_known(asked_at: datetime) -> bool:
    """Whether the key of an ask of that time is still leant on by a call that goes out now."""
    return clock.now() - asked_at < KEY_LIFE


class RefundStatus(StrEnum):
    PENDING = "pending"  # accepted, not yet on its way; an event or a look tells the end
    REQUIRES_ACTION = "requires_action"  # waits for the payer (some methods)
    SUCCEEDED = "succeeded"  # given back
    FAILED = "failed"  # came back to us; the payer has nothing
    CANCELED = "canceled"  # withdrawn before it left


class TransferStatus(StrEnum):
    PENDING = "pending"  # on its way; a look tells the end
    PAID = "paid"  # with the payee
    FAILED = "failed"  # never left; the same key makes no other
    RETURNED = "returned"  # was paid, and the whole of it came back to us


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A hosted payment page to open. `key` is the idempotency key: one key, one page, for ever.

    Raises ValueError for an amount that is not positive, a naive moment, an empty or too long key.
    """

    key: str
    reference: str
    amount_toman: int
    description: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    locale: Literal["fa", "en"] = "fa"
    customer_mobile: str | None = None

    def __post_init__(self) -> None:
        ensure_key(self.key)
        ensure_amount(self.amount_toman)
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at must be an aware moment")


@dataclass(frozen=True, slots=True)
class GatewaySession:
    """A hosted page as the gateway sees it. `paid` only where the whole amount was captured."""

    id: str
    url: str | None
    status: SessionStatus
    paid: bool
    amount_toman: int | None
    currency_ok: bool
    intent_id: str | None
    reference: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    id: str
    status: RefundStatus
    amount_toman: int | None
    currency_ok: bool
    intent_id: str | None
    reference: str | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayCapture:
    """Money that the gateway took, as its own list tells it. `refunded_toman` is what it gave back of it so far.

    `card` is the gateway's name for the card that paid, the same for the same card; None where it tells of none.
    """

    id: str
    intent_id: str | None
    amount_toman: int | None
    currency_ok: bool
    reference: str | None
    refunded_toman: int | None
    captured_at: datetime | None
    card: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayDeposit:
    """Money that the gateway paid to our bank account. `is_paid` once it has arrived."""

    id: str
    amount_toman: int | None
    currency_ok: bool
    is_paid: bool
    made_at: datetime | None


@dataclass(frozen=True, slots=True)
class GatewayDispute:
    """A payer's bank takes the money back. `status` is the gateway's own word (`needs_response`, `lost`)."""

    id: str
    status: str
    amount_toman: int | None
    currency_ok: bool
    intent_id: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class GatewayTransfer:
    """Money sent on to a payee. `amount_toman` is what stayed there: less what came back, unless all of it did."""

    id: str
    status: TransferStatus
    amount_toman: int | None
    currency_ok: bool
    payee: str | None
    reference: str | None
    made_at: datetime | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """Signed news. Only the ids may be used; facts are fetched again. At most one object is set.

    `intent_id` is the payment concerned, whatever the object is.
    """

    id: str
    type: str
    created_at: datetime
    session: GatewaySession | None = None
    refund: GatewayRefund | None = None
    dispute: GatewayDispute | None = None
    intent_id: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


class GatewayUnavailable(Unavailable):
    """No usable answer: the outcome is unknown. The same call may be made again with the same key.

    `detail` is for logs, never for users.
    """

    code = "gateway_unavailable"

    def __init__(self, detail: str = "", *, retry_after: int | None = None, code: str | None = None) -> None:
        super().__init__(code, retry_after=retry_after)
        self.detail = detail

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.detail!r})"


class GatewayRefused(Conflict):
    """The gateway said no, for good: nothing happened, and the same call gets the same answer.

    `http_status`, `kind` and `gateway_code` are the gateway's; `detail` joins them for logs, never for users.
    """

    code = "gateway_refused"

    def __init__(
        self, message: str = "", *, http_status: int = 0, kind: str = "", gateway_code: str = ""
    ) -> None:
        super().__init__()
        self.http_status = http_status
        self.kind = kind
        self.gateway_code = gateway_code
        self.detail = " ".join(str(part) for part in (http_status, kind, gateway_code, message) if part)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.detail!r})"


class BadSignature(Malformed):
    """The event is not signed with our secret, or not signed at all."""

    code = "bad_signature"


class StaleSignature(Malformed):
    """Rightly signed, but too long ago or too far ahead: a replay, or a clock that is wrong."""

    code = "stale_signature"


class Gateway(Protocol):
    """Every call raises `GatewayUnavailable` (outcome unknown) or `GatewayRefused` (definitely not)."""

    @property
    def name(self) -> str:
        """A short name for rows and logs."""

    @property
    def can_transfer(self) -> bool:
        """Whether it sends money on to others, once per key; where not, the calls about transfers are refused."""

    def with_patience(self, seconds: float) -> Gateway:
        """The same gateway, each call of which ends within about `seconds`, without own retries."""

    def open_session(self, request: SessionRequest) -> GatewaySession:
        """Opens a hosted page. The same request and key give the same page."""

    def fetch_session(self, session_id: str) -> GatewaySession:
        """The present state of a page."""

    def expire_session(self, session_id: str) -> GatewaySession:
        """Closes a page; one that was completed or expired before is returned as it truly is."""

    def refund(self, *, key: str, intent_id: str, amount_toman: int, reference: str) -> GatewayRefund:
        """Gives back part or all of a captured payment, once per key."""

    def fetch_refund(self, refund_id: str) -> GatewayRefund:
        """The present state of a refund."""

    def fetch_dispute(self, dispute_id: str) -> GatewayDispute:
        """The present state of a dispute."""

    def add_payee(self, *, key: str, sheba: str, holder: str) -> str:
        """Makes a bank account known as a payee, once per key; gives the gateway's name for it."""

    def transfer(self, *, key: str, payee: str, amount_toman: int, reference: str) -> GatewayTransfer:
        """Sends money that lies at the gateway on to a payee, once per key."""

    def fetch_transfer(self, transfer_id: str) -> GatewayTransfer:
        """The present state of a transfer."""

    def transfers_since(self, moment: datetime) -> Iterator[GatewayTransfer]:
        """All transfers made at or after `moment`, newest first; none where it makes none: to reconcile."""

    def sessions_since(self, moment: datetime) -> Iterator[GatewaySession]:
        """All pages opened at or after `moment`, newest first, fetched page by page: to reconcile."""

    def refunds_since(self, moment: datetime) -> Iterator[GatewayRefund]:
        """All refunds made at or after `moment`, newest first: to reconcile."""

    def captures_since(self, moment: datetime) -> Iterator[GatewayCapture]:
        """All captures made at or after `moment`, newest first: to reconcile."""

    def deposits_since(self, moment: datetime) -> Iterator[GatewayDeposit]:
        """All payments to our bank account made at or after `moment`, newest first: to reconcile."""

    def disputes_since(self, moment: datetime) -> Iterator[GatewayDispute]:
        """All disputes begun at or after `moment`, newest first; none where the gateway tells of none."""

    def read_event(self, body: bytes, signature_header: str, at: datetime) -> GatewayEvent:
        """The event in a webhook's body, once its signature is found good at `at`.

        Raises `BadSignature`, `StaleSignature`, or `Malformed` for a signed body that is no event.
        """


def ensure_key(key: str) -> None:
    """Raises ValueError unless the key fits every gateway: 1 to 255 printable ASCII characters."""
    if not 0 < len(key) <= MOST_KEY_CHARACTERS or not key.isascii() or not key.isprintable():
        raise ValueError("an idempotency key has 1 to 255 printable ASCII characters")


def ensure_amount(amount_toman: int) -> None:
    """Raises ValueError unless the amount is a positive whole number."""
    if type(amount_toman) is not int or amount_toman <= 0:
        raise ValueError("an amount is a positive whole number of toman")
