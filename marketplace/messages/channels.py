"""The ways out of the outbox: a folder of files, a mail server, an SMS gateway over HTTP.

    file:///var/outbox                    one JSON file for each message (demo, tests)
    smtp://user:password@host:587?from=…  mail; TLS where it is offered, never a password without it
    smtps://user:password@host:465        the same over TLS from the start
    kavenegar://KEY@api.kavenegar.com?sender=…   SMS in Kavenegar's public form
    https://:token@gateway.example/send   SMS: POST of {"id", "to", "text"} with a bearer token

A message may go out twice, always with the same id: `Message-ID` of a mail, `localid` or `Idempotency-Key` of an SMS,
name of a file. Whatever fails raises; the outbox tries again, unless the other side refused for good.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import asdict
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import orjson

from marketplace.core import again, http
from marketplace.core.unit_of_work import is_open
from marketplace.core.whole_files import write_whole
from marketplace.messages.kavenegar import KavenegarWay
from marketplace.messages.parcel import NotHandedOver, Parcel, RefusedForGood, Way

MAIL_SECONDS = 8
SMS_CONNECT_SECONDS = 3
SMS_READ_SECONDS = 6


def open_way(url: str, *, host: str) -> Way:
    """The way behind an address; `host` names the site in mails. Raises ValueError for an unknown kind."""
    parts = urlsplit(url)
    ways: dict[str, Callable[[], Way]] = {
        "file": lambda: FolderWay(Path(unquote(parts.path))),
        "smtp": lambda: MailWay(parts, host),
        "smtps": lambda: MailWay(parts, host),
        "https": lambda: SmsWay(parts),
        "http": lambda: SmsWay(_ensure_loopback(parts)),
        "kavenegar": lambda: KavenegarWay(parts, "https"),
        "kavenegar+http": lambda: KavenegarWay(_ensure_loopback(parts), "http"),
    }
    if parts.scheme not in ways:
        raise ValueError(f"no way to send by {parts.scheme or 'nothing'}://")
    return ways[parts.scheme]()


class FolderWay:
    """Writes each message as a file of its own; half a file is never seen, a second try replaces it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def hand_over(self, parcel: Parcel) -> None:
        goal = self.folder / f"{parcel.id:09d}-{parcel.channel}.json"
        write_whole(goal, [orjson.dumps(asdict(parcel), option=orjson.OPT_INDENT_2)], mode=0o600, once=True)

    def close(self) -> None:
        """Nothing is held."""


class MailWay:
    """Hands mails to a server, several over one connection."""

    def __init__(self, parts: SplitResult, host: str) -> None:
        self.parts = parts
        self.sender = parse_qs(parts.query).get("from", [f"no-reply@{host}"])[0]
        self.server: smtplib.SMTP | None = None

    def hand_over(self, parcel: Parcel) -> None:
        if is_open():
            raise http.NetworkInsideUnit("a mail inside a unit of work")
        again.note_done_for_good()
        mail = self._mail(parcel)
        try:
            self.server = self.server or self._connect()
            refused = self.server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if codes and all(code >= 500 for code in codes):
                raise RefusedForGood(f"refused {codes[0]}") from None
            raise NotHandedOver(f"refused {codes[0] if codes else 0}") from None
        except (OSError, smtplib.SMTPException):
            self.close()
            raise
        if refused:
            raise NotHandedOver("the address was refused")

    def close(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            server.close()

    def _mail(self, parcel: Parcel) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = Address(addr_spec=parcel.address)
        mail["Subject"] = parcel.subject
        mail["Date"] = format_datetime(parcel.created_at)
        mail["Message-ID"] = f"<{parcel.message_id}>"
        mail["Content-Language"] = parcel.language
        mail["Auto-Submitted"] = "auto-generated"
        if parcel.stop_url:
            mail["List-Unsubscribe"] = f"<{parcel.stop_url}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(parcel.text)
        mail.add_alternative(parcel.html, subtype="html")
        return mail

    def _connect(self) -> smtplib.SMTP:
        host, password = self.parts.hostname or "localhost", unquote(self.parts.password or "")
        context = ssl.create_default_context()
        if self.parts.scheme == "smtps":
            return self._log_in(
                smtplib.SMTP_SSL(host, self.parts.port or 465, timeout=MAIL_SECONDS, context=context)
            )
        server = smtplib.SMTP(host, self.parts.port or 25, timeout=MAIL_SECONDS)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif password:
            server.close()
            raise NotHandedOver("the mail server offers no TLS for the password")
        return self._log_in(server)

    def _log_in(self, server: smtplib.SMTP) -> smtplib.SMTP:
        if self.parts.password:
            server.login(unquote(self.parts.username or ""), unquote(self.parts.password))
        return server


class SmsWay:
    """Hands short messages to a gateway over HTTP."""

    def __init__(self, parts: SplitResult) -> None:
        place = parts.hostname or ""
        self.url = parts._replace(netloc=f"{place}:{parts.port}" if parts.port else place).geturl()
        self.token = unquote(parts.password or "")
        self.client = http.client(
            connect_seconds=SMS_CONNECT_SECONDS, read_seconds=SMS_READ_SECONDS, retries=0
        )

    def hand_over(self, parcel: Parcel) -> None:
        headers = {"Idempotency-Key": parcel.message_id}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = {"id": parcel.message_id, "to": parcel.address, "text": parcel.text}
        answer = self.client.post(self.url, json=body, headers=headers, allow_redirects=False)
        if not 200 <= answer.status_code < 300:
            raise NotHandedOver(f"gateway {answer.status_code}")

    def close(self) -> None:
        self.client.close()


def _ensure_loopback(parts: SplitResult) -> SplitResult:
    """Codes travel unencrypted to this machine alone."""
    host = parts.hostname or ""
    try:
        is_local = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise ValueError("an SMS gateway elsewhere needs https://")
    return parts
