"""What goes to the bank and what comes back: forms, units, and files that are not what they should be."""

from __future__ import annotations

import contextlib
import csv
import io
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payments.payout_errors import BadAnswerFile
from marketplace.payments.payout_files import (
    PAIN,
    AnswerStatus,
    batch_csv,
    batch_xml,
    masked_sheba,
    read_answer_file,
)
from marketplace.payments.payout_models import Payout, PayoutBatch, PayoutRail

AT = datetime(2026, 3, 25, 10, tzinfo=UTC)
SHEBA = "IR062960000000100324200001"
HEAD = "reference,status,bank_reference,reason\r\n"


def a_batch() -> tuple[PayoutBatch, list[Payout]]:
    payouts = [
        Payout(reference=f"14050105-1-{n}", rail=rail, sheba=SHEBA, owner_name=name, amount_toman=toman)
        for n, rail, name, toman in (
            (1, PayoutRail.paya, "علی محمدی", 497_500),
            (2, PayoutRail.satna, "=cmd()", 120_000_001),
        )
    ]
    total = sum(p.amount_toman for p in payouts)
    return PayoutBatch(number="14050105-1", total_toman=total, proposed_at=AT, sent_at=AT), payouts


def test_the_csv_counts_in_rial_and_holds_no_formula():
    batch, payouts = a_batch()
    rows = list(csv.DictReader(io.StringIO(batch_csv(batch, payouts).decode())))
    assert [row["amount_rial"] for row in rows] == ["4975000", "1200000010"]
    assert rows[0]["sheba"] == SHEBA
    assert rows[1]["owner"] == "cmd()"


def test_the_xml_is_a_credit_transfer_whose_sums_agree():
    batch, payouts = a_batch()
    root = ElementTree.fromstring(batch_xml(batch, payouts, "بازارگاه"))
    space = {"p": PAIN}
    amounts = [int(e.text or 0) for e in root.findall(".//p:InstdAmt", space)]
    assert amounts == [4_975_000, 1_200_000_010]
    assert root.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=space) == str(sum(amounts))
    assert root.findtext(".//p:GrpHdr/p:NbOfTxs", namespaces=space) == "2"
    assert [e.text for e in root.findall(".//p:SvcLvl/p:Prtry", space)] == ["PAYA", "SATNA"]


def test_the_same_batch_is_the_same_file():
    assert batch_csv(*a_batch()) == batch_csv(*a_batch())
    assert batch_xml(*a_batch(), "x") == batch_xml(*a_batch(), "x")


def test_an_answer_is_read_with_digits_of_any_script():
    body = (
        "\ufeffReference,Status,Bank_Reference,Reason,Amount_Rial\r\n"
        "14050105-1-1,ACCEPTED,B-77,,۴۹۷۵۰۰۰\r\n14050105-1-2,rejected,,حساب بسته است,\r\n"
    ).encode()
    file = read_answer_file("a.csv", body)
    assert [(r.status, r.amount_toman) for r in file.rows] == [
        (AnswerStatus.accepted, 497_500),
        (AnswerStatus.rejected, None),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "answer_columns"),
        (b"a,b\r\n1,2\r\n", "answer_columns"),
        (HEAD.encode(), "answer_empty"),
        (b"\xff\xfe\x00", "answer_not_text"),
        ((HEAD + "x,accepted,B,\r\n").encode(), "answer_rows"),
        ((HEAD + "14050105-1-1,perhaps,B,\r\n").encode(), "answer_rows"),
        ((HEAD + "14050105-1-1,accepted,,\r\n").encode(), "answer_rows"),
        ((HEAD + "14050105-1-1,accepted,B,\r\n" * 2).encode(), "answer_doubled"),
        (b"x" * (2 * 1024 * 1024 + 1), "answer_too_large"),
    ],
    ids=[
        "nothing",
        "columns",
        "no rows",
        "bytes",
        "reference",
        "status",
        "no bank reference",
        "twice",
        "huge",
    ],
)
def test_another_file_is_refused_with_its_reason(body, code):
    with pytest.raises(BadAnswerFile) as refused:
        read_answer_file("a.csv", body)
    assert refused.value.code == code


def test_an_amount_that_is_no_toman_is_refused():
    body = b"reference,status,bank_reference,amount_rial\r\n14050105-1-1,accepted,B,4975001\r\n"
    with pytest.raises(BadAnswerFile):
        read_answer_file("a.csv", body)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(body):
    with contextlib.suppress(BadAnswerFile):
        read_answer_file("a.csv", HEAD.encode() + body)


def test_a_masked_sheba_tells_little():
    assert masked_sheba(SHEBA) == "IR06 •••• 0001"
