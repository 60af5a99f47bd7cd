"""Money that the gateway sends on: payees with their bank accounts, transfers to them, what comes back."""

from __future__ import annotations

from marketplace.payments.sandbox import forms, objects
from marketplace.payments.sandbox.bank import Bank, Row
from marketplace.payments.sandbox.errors import ApiError, missing, wrong


def make_token(bank: Bank, fields: Row) -> Row:
    """A bank account under a token, with which a payee is made."""
    forms.ensure_known(fields, {"bank_account"})
    account = forms.mapping(forms.required(fields, "bank_account"), "bank_account")
    number = str(forms.required(account, "account_number"))
    if len(number) != 26:
        raise wrong("bank_account[account_number]", "Invalid IBAN")
    token = objects.token(number, str(account.get("account_holder_name") or ""), bank.clock.now())
    with bank.state.turn():
        bank.state.put("token", token)
    return token


def add_payee(bank: Bank, fields: Row) -> Row:
    """A connected account that may receive transfers."""
    forms.ensure_known(fields, {"type", "capabilities", "external_account"})
    if fields.get("type") != "custom":
        raise wrong("type", "Only type=custom is known here")
    with bank.state.turn():
        token = bank.state.get("token", str(forms.required(fields, "external_account")))
        if token is None:
            raise missing("external_account", str(fields["external_account"]))
        payee = objects.account(token["bank_account"], bank.clock.now())
        bank.state.put("account", payee)
    return payee


def transfer(bank: Bank, fields: Row) -> Row:
    """Sends an amount to a payee, at once; refused beyond what lies here."""
    forms.ensure_known(fields, {"amount", "currency", "destination", "metadata"})
    amount = forms.whole(forms.required(fields, "amount"), "amount", 1, 10**14)
    payee = str(forms.required(fields, "destination"))
    if str(forms.required(fields, "currency")).lower() != bank.currency:
        raise wrong("currency", f"This sandbox knows {bank.currency} alone")
    with bank.state.turn():
        if bank.state.get("account", payee) is None:
            raise missing("destination", payee)
        if bank.faults.now.refuse_transfers:
            raise ApiError("This account cannot receive transfers.", code="transfers_not_allowed")
        if amount > balance(bank):
            raise ApiError("You have insufficient funds in your Stripe account.", code="balance_insufficient")
        metadata = forms.mapping(fields.get("metadata"), "metadata")
        made = objects.transfer(amount, bank.currency, payee, metadata, bank.clock.now())
        bank.state.put("transfer", made)
        bank.tell("transfer.created", made)
    bank.on_event()
    return made


def reverse(bank: Bank, identifier: str, amount: int | None = None) -> Row:
    """A transfer, or a part of it, comes back."""
    with bank.state.turn():
        made = bank.state.get("transfer", identifier)
        if made is None:
            raise missing("transfer", identifier)
        left = made["amount"] - made["amount_reversed"]
        if not 0 < (left if amount is None else amount) <= left:
            raise ApiError("more would come back than went", param="amount")
        made["amount_reversed"] += left if amount is None else amount
        made["reversed"] = made["amount_reversed"] == made["amount"]
        bank.state.put("transfer", made)
        bank.tell("transfer.reversed", made)
    bank.on_event()
    return made


def balance(bank: Bank) -> int:
    """What lies here: taken, less what was given back, paid to the merchant's bank, and sent on. Inside a turn."""
    charges, refunds = bank.state.all("charge"), bank.state.all("refund")
    sent = sum(t["amount"] - t["amount_reversed"] for t in bank.state.all("transfer"))
    back = sum(r["amount"] for r in refunds if r["status"] in ("succeeded", "pending"))
    paid_out = sum(p["amount"] for p in bank.state.all("payout"))
    taken = sum(c["amount_captured"] for c in charges)
    return int(taken - back - sent - paid_out)
