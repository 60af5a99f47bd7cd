"""The payout port for batch files: what goes to the bank, and what comes back. Pure: bytes and records.

The form of each is written down in `docs/reference/payouts.md`. Banks count in rial: here alone a toman becomes ten.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from xml.etree import ElementTree

from marketplace.core.text import ascii_digits
from marketplace.payments.payout_errors import BadAnswerFile
from marketplace.payments.payout_models import Payout, PayoutBatch

RIAL_PER_TOMAN = 10
LARGEST_ANSWER_BYTES = 2 * 1024 * 1024
MOST_ROWS = 20_000
COLUMNS = ("reference", "rail", "sheba", "owner", "amount_rial", "description")
NEEDED = frozenset({"reference", "status"})
PAIN = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"


class AnswerStatus(StrEnum):
    """accepted: paid; rejected: not paid; returned: paid, and come back later."""

    accepted = "accepted"
    rejected = "rejected"
    returned = "returned"


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What the bank says of one payout."""

    line: int
    reference: str
    status: AnswerStatus
    bank_reference: str
    reason: str
    amount_toman: int | None


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file of the bank, read and found whole."""

    name: str
    digest: str
    rows: tuple[AnswerRow, ...]


def batch_csv(batch: PayoutBatch, payouts: Sequence[Payout]) -> bytes:
    """The batch as CSV: UTF-8, comma, CRLF, a header; amounts in rial."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for p in payouts:
        writer.writerow(
            [p.reference, p.rail.value, p.sheba, _plain(p.owner_name), _rial(p.amount_toman), batch.number]
        )
    return out.getvalue().encode()


def batch_xml(batch: PayoutBatch, payouts: Sequence[Payout], debtor: str) -> bytes:
    """The batch as an ISO 20022 customer credit transfer (pain.001.001.03); amounts in rial."""
    root = ElementTree.Element("Document", xmlns=PAIN)
    whole = _under(root, "CstmrCdtTrfInitn")
    head = _under(whole, "GrpHdr")
    _under(head, "MsgId", batch.number)
    _under(head, "CreDtTm", _moment(batch.sent_at or batch.proposed_at))
    _under(head, "NbOfTxs", str(len(payouts)))
    _under(head, "CtrlSum", str(sum(_rial(p.amount_toman) for p in payouts)))
    _under(_under(head, "InitgPty"), "Nm", debtor)
    for rail in sorted({p.rail for p in payouts}):
        ours = [p for p in payouts if p.rail is rail]
        part = _under(whole, "PmtInf")
        _under(part, "PmtInfId", f"{batch.number}-{rail.value}")
        _under(part, "PmtMtd", "TRF")
        _under(part, "NbOfTxs", str(len(ours)))
        _under(part, "CtrlSum", str(sum(_rial(p.amount_toman) for p in ours)))
        _under(_under(_under(part, "PmtTpInf"), "SvcLvl"), "Prtry", rail.value.upper())
        _under(part, "ReqdExctnDt", _moment(batch.sent_at or batch.proposed_at)[:10])
        _under(_under(part, "Dbtr"), "Nm", debtor)
        for p in ours:
            _transfer(part, batch, p)
    ElementTree.indent(root)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def read_answer_file(name: str, body: bytes) -> AnswerFile:
    """The bank's CSV. Raises BadAnswerFile naming the first lines that are wrong; then nothing of it is used."""
    if len(body) > LARGEST_ANSWER_BYTES:
        raise BadAnswerFile("answer_too_large")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadAnswerFile("answer_not_text") from None
    reader = csv.DictReader(io.StringIO(text))
    rows: list[AnswerRow] = []
    wrong: list[int] = []
    try:
        names = {(field or "").strip().lower() for field in reader.fieldnames or ()}
        if not names >= NEEDED:
            raise BadAnswerFile("answer_columns")
        for line, values in enumerate(reader, start=2):
            if line > MOST_ROWS:
                raise BadAnswerFile("answer_too_large")
            row = _row(line, {(k or "").strip().lower(): v for k, v in values.items()})
            if row is None:
                wrong.append(line)
            else:
                rows.append(row)
    except csv.Error:
        raise BadAnswerFile("answer_not_text") from None
    if wrong:
        raise BadAnswerFile("answer_rows", params={"lines": ", ".join(map(str, wrong[:10]))})
    if not rows or len({row.reference for row in rows}) != len(rows):
        raise BadAnswerFile("answer_doubled" if rows else "answer_empty")
    return AnswerFile(name[:120], hashlib.sha256(body).hexdigest(), tuple(rows))


def masked_sheba(sheba: str) -> str:
    """`IR06 •••• 1234`: enough to know one's own account by, too little to use it."""
    return f"{sheba[:4]} •••• {sheba[-4:]}"


def _row(line: int, values: dict[str, object]) -> AnswerRow | None:
    def text(name: str) -> str:
        found = values.get(name)
        return " ".join(found.split()) if isinstance(found, str) else ""

    reference, status = text("reference"), text("status").lower()
    amount = ascii_digits(text("amount_rial")).replace(",", "")
    if not re.fullmatch(r"[0-9]{8}-[0-9]{1,6}-s?[0-9]{1,12}", reference) or status not in set(AnswerStatus):
        return None
    if amount and (not re.fullmatch(r"[0-9]{1,17}", amount) or int(amount) % RIAL_PER_TOMAN):
        return None
    if status == AnswerStatus.accepted and not text("bank_reference"):
        return None
    toman = int(amount) // RIAL_PER_TOMAN if amount else None
    return AnswerRow(
        line, reference, AnswerStatus(status), text("bank_reference")[:60], text("reason")[:200], toman
    )


def _transfer(part: ElementTree.Element, batch: PayoutBatch, payout: Payout) -> None:
    one = _under(part, "CdtTrfTxInf")
    _under(_under(one, "PmtId"), "EndToEndId", payout.reference)
    _under(_under(one, "Amt"), "InstdAmt", str(_rial(payout.amount_toman))).set("Ccy", "IRR")
    _under(_under(one, "Cdtr"), "Nm", payout.owner_name)
    _under(_under(_under(one, "CdtrAcct"), "Id"), "IBAN", payout.sheba)
    _under(_under(one, "RmtInf"), "Ustrd", batch.number)


def _under(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, name)
    made.text = text
    return made


def _rial(toman: int) -> int:
    return toman * RIAL_PER_TOMAN


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _plain(words: str) -> str:
    """A name that no table program takes for a formula."""
    return " ".join(words.split()).lstrip("=+-@\t＝＋－＠")
