"""ZarinPal on the wire: the payment API and the panel's GraphQL, each failure as the port's errors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from marketplace.payments.gateways.port import GatewayRefused, GatewayUnavailable
from marketplace.payments.gateways.zarinpal_answers import error_of, moment_of

PAGE_LENGTH = 100
SESSION_QUERY = (
    "query Session($terminal_id: ID!, $reference_id: String, $filter: FilterEnum, $limit: Int, $offset: Int) {"
    " Session(terminal_id: $terminal_id, reference_id: $reference_id, filter: $filter, limit: $limit,"
    " offset: $offset) { id status amount description reference_id created_at"
    " refunds { id amount description status } } }"
)
REFUND_MUTATION = (
    "mutation AddRefund($session_id: ID!, $amount: BigInteger!, $description: String,"
    " $method: InstantPayoutActionTypeEnum, $reason: RefundReasonEnum) {"
    " resource: AddRefund(session_id: $session_id, amount: $amount, description: $description,"
    " method: $method, reason: $reason) { id amount description status } }"
)


@dataclass(frozen=True)
class Wire:
    """Where and as whom ZarinPal is asked."""

    base: str
    merchant: str
    panel: str
    token: str
    terminal: str
    http: requests.Session

    def panel_session(self, intent_id: str) -> Mapping[str, Any]:
        """A payment as the panel knows it, by its reference. Raises GatewayRefused, GatewayUnavailable."""
        if not re.fullmatch(r"[0-9]{1,20}", intent_id):
            raise GatewayRefused("no reference of this gateway", kind="malformed_id")
        answer = self.ask_panel(SESSION_QUERY, {"terminal_id": self.terminal, "reference_id": intent_id})
        rows = answer.get("Session")
        if not isinstance(rows, list):
            raise GatewayUnavailable("no list of sessions")
        for row in rows:
            if str(row.get("reference_id")) == intent_id:
                found: Mapping[str, Any] = row
                return found
        raise GatewayRefused("no such payment", http_status=404)

    def panel_rows(self, moment: datetime) -> Iterator[Mapping[str, Any]]:
        """Verified payments since a moment, newest first, page by page."""
        offset = 0
        while True:
            answer = self.ask_panel(
                SESSION_QUERY,
                {"terminal_id": self.terminal, "filter": "VERIFIED", "limit": PAGE_LENGTH, "offset": offset},
            )
            rows = answer.get("Session")
            if not isinstance(rows, list):
                raise GatewayUnavailable("no list of sessions")
            for row in rows:
                if (moment_of(row.get("created_at")) or moment) < moment:
                    return
                yield row
            if len(rows) < PAGE_LENGTH:
                return
            offset += PAGE_LENGTH

    def post(self, call: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """A call of the payment API: its `data`, or the error that stands beside it."""
        content = self._send(
            f"{self.base}/pg/v4/payment/{call}.json", {"merchant_id": self.merchant, **fields}, {}
        )
        errors, data = content.get("errors"), content.get("data")
        code = errors.get("code") if isinstance(errors, dict) else None
        if isinstance(code, int):
            raise error_of(code, str(errors.get("message") or "") if isinstance(errors, dict) else "", call)
        if not isinstance(data, dict) or not data:
            raise GatewayUnavailable(f"{call}: neither data nor errors")
        return data

    def ask_panel(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """A question of the panel's GraphQL: its `data`. Raises GatewayRefused, GatewayUnavailable."""
        if not self.token:
            raise GatewayUnavailable("no access token", code="gateway_misconfigured")
        headers = {"Authorization": f"Bearer {self.token}"}
        content = self._send(self.panel, {"query": query, "variables": variables}, headers)
        errors, data = content.get("errors"), content.get("data")
        if isinstance(errors, list) and errors:
            message = str(errors[0].get("message") if isinstance(errors[0], dict) else errors[0])
            raise GatewayRefused(message[:200], http_status=400, kind="graphql")
        if not isinstance(data, dict):
            raise GatewayUnavailable("panel: no data")
        return data

    def _send(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            answer = self.http.post(
                url, json=body, headers={"Accept": "application/json", **headers}, allow_redirects=False
            )
            content = answer.json()
        except (requests.JSONDecodeError, RecursionError) as error:
            raise GatewayUnavailable("an answer that is no JSON") from error
        except requests.RequestException as error:
            raise GatewayUnavailable(type(error).__name__) from error
        if not isinstance(content, dict) or answer.status_code >= 500 or answer.status_code in (408, 429):
            raise GatewayUnavailable(f"status {answer.status_code}")
        if answer.status_code in (401, 403) and not content.get("errors"):
            raise GatewayUnavailable(f"status {answer.status_code}", code="gateway_misconfigured")
        return content
