"""`python -m marketplace.payments.sandbox`: prints the chosen port as its first line, then serves."""

from __future__ import annotations

import argparse
from pathlib import Path

from marketplace.payments.sandbox.serve import run_sandbox


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m marketplace.payments.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="the file that keeps everything")
    parser.add_argument("--webhook-url", help="where events go; without it they are only kept")
    parser.add_argument(
        "--enabled-events", default="*", help="types that are sent there, with commas between them"
    )
    parser.add_argument("--webhook-secret", default="whsec_sandbox")
    parser.add_argument("--currency", default="irr")
    parser.add_argument("--clock-shift", type=int, default=0, help="seconds ahead of the machine's clock")
    parser.add_argument("--public-url", help="the address in session URLs")
    parser.add_argument("--font", type=Path, help="a WOFF2 file for the hosted page")
    wish = parser.parse_args()
    run_sandbox(
        wish.host,
        wish.port,
        state_path=wish.state,
        webhook_url=wish.webhook_url,
        webhook_secret=wish.webhook_secret,
        enabled_events=tuple(wish.enabled_events.split(",")),
        currency=wish.currency,
        clock_shift=wish.clock_shift,
        public_url=wish.public_url,
        font=wish.font,
        on_ready=lambda port: print(port, flush=True),
    )


if __name__ == "__main__":
    main()
