"""The chart of accounts: names, the side on which each grows, which may never go below zero, and who may pay whom.

`docs/reference/ledger.md` is the same for readers; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.ledger.models import Side


@dataclass(frozen=True, slots=True)
class Account:
    """A name of the chart with what the book must know to open it."""

    name: str
    side: Side
    is_limited: bool


GATEWAY_CLEARING = Account("gateway_clearing", Side.debit, is_limited=False)
"""Money that the gateway took for us and has not paid out. What it gave back, sent on, paid out, or lost to a payer's
bank is a fact: below zero, the gateway has advanced it."""

BANK = Account("bank", Side.debit, is_limited=False)
"""Our account at the bank, as its answers tell it; what the bank paid is a fact, so it has no floor here."""

SHOPPER_REFUNDABLE = Account("shopper_refundable", Side.credit, is_limited=True)
"""Money that goes back to shoppers and has not left yet."""

PAYOUTS_IN_FLIGHT = Account("payouts_in_flight", Side.credit, is_limited=True)
"""What the bank was told to pay and has not answered about; held while it waits for signatures."""

GUARANTEE_FUND = Account("guarantee_fund", Side.credit, is_limited=True)
"""The guarantee fund: contributions, gifts and recourse in, claims out; reserved claims are held on it."""

INSURER = Account("insurer", Side.credit, is_limited=True)
"""Money of an insurer that pays claims in the fund's place: what it paid in and what stores gave back, less claims."""

PRIZE_POOL = Account("prize_pool", Side.credit, is_limited=True)
"""Money for the lottery's prizes: of sponsors, else shared among the stores."""


def store_held(store_id: int) -> Account:
    """Money of paid store orders, kept until they are closed and settled."""
    return Account(f"store_held:{store_id}", Side.credit, is_limited=True)


def store_payable(store_id: int) -> Account:
    """Settled money that the store will be paid."""
    return Account(f"store_payable:{store_id}", Side.credit, is_limited=True)


def store_receivable(store_id: int) -> Account:
    """What a store owes: refunds after its settlement, recourse, its share of the prizes. Netted before a payout."""
    return Account(f"store_receivable:{store_id}", Side.debit, is_limited=True)


CHART = {
    "gateway_clearing": GATEWAY_CLEARING,
    "bank": BANK,
    "shopper_refundable": SHOPPER_REFUNDABLE,
    "store_held:ID": store_held(0),
    "store_payable:ID": store_payable(0),
    "store_receivable:ID": store_receivable(0),
    "payouts_in_flight": PAYOUTS_IN_FLIGHT,
    "guarantee_fund": GUARANTEE_FUND,
    "insurer": INSURER,
    "prize_pool": PRIZE_POOL,
}
"""Every account by its pattern."""

LAWFUL = {
    ("gateway_clearing", "store_held:ID"): "a shopper paid for a store order",
    ("gateway_clearing", "shopper_refundable"): "money came that is owed back at once",
    (
        "store_held:ID",
        "shopper_refundable",
    ): "a store order, or a part of it, is given back before it is settled",
    (
        "store_receivable:ID",
        "shopper_refundable",
    ): "something is given back after the settlement: the store owes it",
    ("shopper_refundable", "gateway_clearing"): "the gateway gave it back",
    ("shopper_refundable", "bank"): "it was given back by bank transfer, where the gateway would not",
    ("store_held:ID", "gateway_clearing"): "the payer's bank took it back before the settlement",
    (
        "store_receivable:ID",
        "gateway_clearing",
    ): "the payer's bank took it back after the settlement: the store owes it",
    ("bank", "gateway_clearing"): "the gateway paid out to our bank account",
    ("gateway_clearing", "bank"): "a payout of the gateway was taken back",
    ("store_held:ID", "guarantee_fund"): "the fund's share of a settled store order",
    ("store_held:ID", "store_payable:ID"): "a settled store order",
    ("store_payable:ID", "store_receivable:ID"): "what a store owes is taken from what it is due",
    (
        "store_payable:ID",
        "payouts_in_flight",
    ): "a payout: held when proposed, posted when sent, voided when dropped",
    ("payouts_in_flight", "bank"): "the bank paid it",
    ("payouts_in_flight", "gateway_clearing"): "the gateway sent it on to the store",
    ("gateway_clearing", "store_payable:ID"): "what the gateway had sent on came back",
    ("shopper_refundable", "payouts_in_flight"): "the same for a shopper who is paid by the bank's file",
    ("payouts_in_flight", "shopper_refundable"): "the bank refused it: owed to the shopper again",
    ("bank", "shopper_refundable"): "the bank gave back what a shopper had been paid",
    ("payouts_in_flight", "store_payable:ID"): "the bank refused it: due again",
    ("bank", "store_payable:ID"): "the bank gave a paid payout back",
    ("bank", "store_receivable:ID"): "a store paid what it owed",
    ("store_receivable:ID", "prize_pool"): "a store's share of the prizes",
    ("store_receivable:ID", "guarantee_fund"): "recourse: the store owes what the fund paid for it",
    ("prize_pool", "store_receivable:ID"): "a share of the prizes falls on the other stores",
    ("bank", "prize_pool"): "a sponsor's gift for prizes",
    ("bank", "guarantee_fund"): "a gift to the fund",
    ("prize_pool", "bank"): "a prize was paid",
    ("guarantee_fund", "bank"): "a claim was paid by bank transfer, or somebody who looked at the goods",
    ("guarantee_fund", "store_payable:ID"): "recourse that a store does not owe any more is due to it again",
    ("guarantee_fund", "shopper_refundable"): "a claim goes back by the way of the payment",
    ("guarantee_fund", "store_receivable:ID"): "a debt to the fund is written off",
    ("store_payable:ID", "guarantee_fund"): "recourse taken from what a store is due",
    ("bank", "insurer"): "an insurer paid in, or a store or a shopper paid back what it bore",
    ("insurer", "shopper_refundable"): "a claim that the insurer bears goes back by the way of the payment",
    ("insurer", "bank"): "the same by bank transfer, or somebody who looked at the goods",
    ("insurer", "store_payable:ID"): "recourse of the insurer that a store does not owe any more",
    ("store_payable:ID", "insurer"): "recourse of the insurer taken from what a store is due",
    ("store_payable:ID", "prize_pool"): "a share of the prizes taken from what a store is due",
    ("store_payable:ID", "shopper_refundable"): "something is given back from what a store is due",
}
"""(debit, credit) by pattern: what may be moved, and why. Anything else is found by an invariant."""


def pattern_of(name: str) -> str:
    """The pattern of an account's name: `store_held:17` -> `store_held:ID`."""
    kind, colon, number = name.partition(":")
    return f"{kind}:ID" if colon and number.isdecimal() else name
