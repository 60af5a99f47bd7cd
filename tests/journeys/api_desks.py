"""The calls of the officials' desks: what each asks of its caller, and a body that its schema allows."""

from __future__ import annotations

from typing import Any

from marketplace.accounts.models import Role

OFFICE, SEAL, JUDGE, AUDITOR = Role.office, Role.seal_officer, Role.adjudicator, Role.auditor
CLEARANCE = Role.clearance_officer
DESKS: dict[str, tuple[str, set[Role]]] = {
    "list_office_applications": ("office:read", {OFFICE, AUDITOR}),
    "show_office_application": ("office:read", {OFFICE, AUDITOR}),
    "create_office_decision": ("office:applications", {OFFICE}),
    "create_office_undoing": ("office:applications", {OFFICE}),
    "list_office_complaints": ("office:read", {SEAL, AUDITOR}),
    "show_office_complaint": ("office:read", {SEAL, AUDITOR}),
    "create_office_ruling": ("office:complaints", {SEAL}),
    "create_office_review": ("office:complaints", {SEAL}),
    "create_office_contest_decision": ("office:complaints", {SEAL}),
    "list_office_claims": ("office:read", {JUDGE, OFFICE, AUDITOR}),
    "show_office_claim": ("office:read", {JUDGE, OFFICE, AUDITOR}),
    "create_office_choice": ("office:claims", {JUDGE}),
    "create_office_request": ("office:claims", {JUDGE}),
    "create_office_stepping_aside": ("office:claims", {JUDGE}),
    "list_office_seals": ("office:read", {SEAL, AUDITOR}),
    "show_office_seal": ("office:read", {SEAL, AUDITOR}),
    "create_seal_suspension": ("office:seals", {SEAL}),
    "create_seal_reinstatement": ("office:seals", {SEAL}),
    "create_seal_revocation": ("office:seals", {SEAL}),
    "create_seal_renewal": ("office:seals", {SEAL}),
    "list_seal_applications": ("office:read", {SEAL, AUDITOR}),
    "create_seal_grant": ("office:seals", {SEAL}),
    "create_seal_application_refusal": ("office:seals", {SEAL}),
    "create_seal_import": ("office:seals", {SEAL}),
    "show_seal_import": ("office:read", {SEAL, AUDITOR}),
    "create_seal_import_writing": ("office:seals", {SEAL}),
    "list_clearances": ("office:read", {CLEARANCE, AUDITOR}),
    "show_clearance": ("office:read", {CLEARANCE}),
    "create_clearance_asking": ("office:clearances", {CLEARANCE}),
    "create_clearance_answer": ("office:clearances", {CLEARANCE}),
    "list_payouts": ("office:read", {OFFICE, AUDITOR}),
    "create_payouts": ("office:money", {OFFICE}),
    "show_payout_batch": ("office:read", {OFFICE, AUDITOR}),
    "show_payout_file": ("office:money", {OFFICE}),
    "create_payout_signature": ("office:sign", {OFFICE}),
    "create_payout_sending": ("office:money", {OFFICE}),
    "create_payout_drop": ("office:money", {OFFICE}),
    "create_payout_answers": ("office:money", {OFFICE}),
    "list_refunds": ("office:read", {OFFICE, AUDITOR}),
    "create_refund_retry": ("office:money", {OFFICE}),
    "create_refund_transfer": ("office:money", {OFFICE}),
    "create_refund_by_file": ("office:money", {OFFICE}),
    "create_refund_note": ("office:money", {OFFICE}),
    "show_draw_console": ("office:read", {OFFICE, SEAL, AUDITOR}),
    "create_draw_proposal": ("office:draws", {OFFICE, SEAL}),
    "create_root_signature": ("office:sign", {SEAL, AUDITOR}),
    "create_draw_beacon": ("office:draws", {OFFICE, SEAL}),
    "list_office_approvals": ("office:read", set(Role)),
    "create_office_agreement": ("office:sign", set(Role)),
    "create_office_refusal": ("office:sign", set(Role)),
    "create_office_withdrawal": ("office:sign", set(Role)),
}
"""What each desk's call asks: the scope, and the roles of which its caller holds one now."""
DESK_BODIES: dict[str, Any] = {
    "create_office_decision": {"verdict": "approve", "items": [{"id": 999999999, "version": 1}]},
    "create_office_ruling": {"ruling": "admitted", "text": "مدارک کافی است."},
    "create_office_review": {"verdict": "upheld", "text": "مدارک کافی است."},
    "create_office_contest_decision": {"verdict": "won", "text": "مدارک کافی است."},
    "create_office_choice": {
        "outcome": "reject",
        "ground": "delivered",
        "text": "رسید هست و کافی است.",
        "version": 1,
    },
    "create_office_request": {"of": "store", "text": "رسید تحویل را بفرستید.", "version": 1},
    "create_clearance_answer": {"outcome": "clear"},
    "create_seal_suspension": {"reason_code": "complaints"},
    "create_seal_reinstatement": {"reason_code": "complaints"},
    "create_seal_revocation": {"reason_code": "complaints"},
    "create_seal_grant": {"stars": 3},
    "create_seal_application_refusal": {"reason_code": "domain_unfit"},
    "create_payout_signature": {"digest": "0" * 64},
    "create_payout_drop": {"reason": "اشتباه بود"},
    "create_refund_transfer": {
        "sheba": "IR062960000000100324200001",
        "holder": "علی محمدی",
        "bank_reference": "1",
    },
    "create_refund_by_file": {"sheba": "IR062960000000100324200001", "owner_name": "علی محمدی"},
    "create_refund_note": {"note": "پرسیدیم"},
    "create_draw_proposal": {"action": "freeze_draw"},
    "create_draw_beacon": {"beacon": {"round": 1}},
    "create_office_agreement": {"digest": "0" * 64},
    "create_office_refusal": {"reason": "درست نیست"},
}
FILES = {
    "create_seal_import": b"store,code,domain,stars,state,valid_from,valid_until\n"
    b"nobody,12345678,nobody.example,4,active,1405/01/01,1407/01/01\n",
    "create_payout_answers": b"reference,status\nx-1,accepted\n",
}
"""What a call takes whose body is a file."""
