"""ZarinPal on a loopback port, from its public documentation: request, StartPay, inquiry, verify, unVerified, refunds.

Stateful and alone: nothing of the adapter is used here. `pay(authority)` and `decline` are what its payer does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

MERCHANT = "1344b5d4-0048-11e8-94db-005056a205be"
TOKEN = "panel-token"
TERMINAL = "77"
MESSAGES = {
    -9: "The input params invalid, validation error.",
    -10: "Terminal is not valid, please check merchant_id or ip address.",
    -12: "To many attempts, please try again later.",
    -50: "Session is not valid, amounts values is not the same.",
    -51: "Session is not valid, session is not active paid try.",
    -53: "Session is not this merchant_id session.",
    -54: "Invalid authority.",
}


class Zarinpal:
    """`fail_with`: the next call answers this code; `said_instead`: all are this; `loses`: take effect, say 502."""

    def __init__(self) -> None:
        self.pages: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.fail_with: int | None = None
        self.said_instead: str | None = None
        self.loses = 0
        self.refund_status = "DONE"
        self.base = ""
        self._numbers = count(1)

    def pay(self, authority: str) -> str:
        """The payer pays at the bank; gives the address to which the browser is sent."""
        page = self.pages[authority]
        if page["status"] == "IN_BANK":
            page["status"] = "PAID"
        return f"{page['callback_url']}&Authority={authority}&Status=OK"

    def decline(self, authority: str) -> str:
        page = self.pages[authority]
        if page["status"] == "IN_BANK":
            page["status"] = "FAILED"
        return f"{page['callback_url']}&Authority={authority}&Status=NOK"

    # --- its answers

    def request_(self, body: dict[str, Any]) -> dict[str, Any] | int:
        if not isinstance(body.get("amount"), int) or body["amount"] < 1_000 or not body.get("description"):
            return -9
        authority = f"A{next(self._numbers):035d}"
        self.pages[authority] = {
            **body,
            "authority": authority,
            "status": "IN_BANK",
            "ref_id": None,
            "refunds": [],
            "created_at": datetime.now(UTC).isoformat(),
        }
        return {"code": 100, "message": "Success", "authority": authority, "fee_type": "Merchant", "fee": 100}

    def inquiry(self, body: dict[str, Any]) -> dict[str, Any] | int:
        page = self.pages.get(body.get("authority", ""))
        return -54 if page is None else {"code": 100, "message": "Success", "status": page["status"]}

    def verify(self, body: dict[str, Any]) -> dict[str, Any] | int:
        page = self.pages.get(body.get("authority", ""))
        if page is None:
            return -54
        if page["status"] not in ("PAID", "VERIFIED"):
            return -51
        if body.get("amount") != page["amount"]:
            return -50
        code = 101 if page["status"] == "VERIFIED" else 100
        page["status"] = "VERIFIED"
        page["ref_id"] = page["ref_id"] or 200_000 + next(self._numbers)
        message = "Paid" if code == 100 else "Verified"
        return {
            "code": code,
            "message": message,
            "ref_id": page["ref_id"],
            "card_pan": "502229******5995",
            "fee": 0,
        }

    def un_verified(self, body: dict[str, Any]) -> dict[str, Any] | int:
        rows = [
            {"authority": p["authority"], "amount": p["amount"], "date": p["created_at"]}
            for p in self.pages.values()
            if p["status"] == "PAID"
        ]
        return {"code": 100, "message": "Success", "authorities": rows}

    def graphql(self, body: dict[str, Any]) -> dict[str, Any]:
        asked = body["variables"]
        verified = [p for p in reversed(self.pages.values()) if p["ref_id"]]
        if body["query"].startswith("query"):
            rows = [
                {
                    "id": str(p["ref_id"] + 1_000_000),
                    "status": p["status"],
                    "amount": p["amount"],
                    "description": p["description"],
                    "reference_id": str(p["ref_id"]),
                    "created_at": p["created_at"],
                    "refunds": p["refunds"],
                }
                for p in verified
                if asked.get("reference_id") in (None, str(p["ref_id"]))
            ]
            begin = asked.get("offset") or 0
            return {"data": {"Session": rows[begin : begin + (asked.get("limit") or 25)]}}
        page = next((p for p in verified if str(p["ref_id"] + 1_000_000) == asked["session_id"]), None)
        if page is None:
            return {"errors": [{"message": "session not found"}]}
        left = page["amount"] - sum(r["amount"] for r in page["refunds"] if r["status"] != "FAILED")
        if asked["amount"] > left:
            return {"errors": [{"message": "amount is more than what is left"}]}
        made = {
            "id": str(next(self._numbers)),
            "amount": asked["amount"],
            "description": asked["description"],
            "status": self.refund_status,
        }
        page["refunds"].append(made)
        return {"data": {"resource": made}}

    def app(self) -> Flask:
        """The service as a web application."""
        app = Flask("zarinpal")
        verbs = {
            "request": self.request_,
            "inquiry": self.inquiry,
            "verify": self.verify,
            "unVerified": self.un_verified,
        }

        @app.post("/pg/v4/payment/<call>.json")
        def payment(call: str) -> Response:
            self.calls.append(call)
            body = request.get_json()
            if self.said_instead is not None:
                return Response(self.said_instead, content_type="application/json")
            if body.get("merchant_id") != MERCHANT:
                return _refused(-10)
            if self.fail_with is not None:
                code, self.fail_with = self.fail_with, None
                return _refused(code)
            found = verbs[call](body)
            if self.loses:
                self.loses -= 1
                return Response("bad gateway", status=502)
            return _refused(found) if isinstance(found, int) else jsonify(data=found, errors=[])

        @app.post("/api/v4/graphql/")
        def panel() -> Response:
            body = request.get_json()
            self.calls.append(body["query"].split("(")[0])
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return Response('{"message": "Unauthenticated."}', 401, content_type="application/json")
            answer = self.graphql(body)
            if self.loses:
                self.loses -= 1
                return Response("bad gateway", status=502)
            return jsonify(answer)

        return app


def _refused(code: int) -> Response:
    message = MESSAGES.get(code, "error")
    answer = jsonify(data=[], errors={"code": code, "message": message, "validations": []})
    answer.status_code = 401 if code == -10 else 422
    return answer


@contextmanager
def running_zarinpal() -> Iterator[Zarinpal]:
    """It answers on a free loopback port until the block ends."""
    fake = Zarinpal()
    server = make_server("127.0.0.1", 0, fake.app(), threaded=True)
    fake.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
