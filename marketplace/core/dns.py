"""One question to a resolver: the TXT records of a name. Over UDP, over TCP where the answer was cut off."""

from __future__ import annotations

import secrets
import socket
import struct
from pathlib import Path

from marketplace.core.http import NetworkInsideUnit
from marketplace.core.unit_of_work import is_open

TXT, IN = 16, 1
PATIENCE_SECONDS = 3.0
LARGEST_MESSAGE = 65535
RESOLV_CONF = Path("/etc/resolv.conf")


class DnsFailed(Exception):
    """The resolver could not be reached or its answer makes no sense; whether there is a record is unknown."""


def system_server() -> str:
    """The first resolver that the system names; this machine's own otherwise."""
    try:
        lines = RESOLV_CONF.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.split()[1] for line in lines if line.startswith("nameserver") and len(line.split()) > 1]
    return named[0] if named else "127.0.0.1"


def txt_records(name: str, server: str | None = None, seconds: float = PATIENCE_SECONDS) -> list[str]:
    """The TXT records of a name, an empty list where there are none. `server`: `address` or `address:port`.

    Raises DnsFailed, and NetworkInsideUnit within a unit of work.
    """
    if is_open():
        raise NetworkInsideUnit(f"TXT {name} inside a unit of work")
    host, port = _place(server or system_server())
    number = secrets.randbelow(1 << 16)
    question = _name(name) + struct.pack(">HH", TXT, IN)
    asked = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + question
    try:
        said = _by_udp(host, port, asked, seconds)
        if said[2] & 0x02:
            said = _by_tcp(host, port, asked, seconds)
        return _read(said, number, question)
    except (OSError, struct.error, IndexError, RecursionError) as error:
        raise DnsFailed(type(error).__name__) from error


def _place(server: str) -> tuple[str, int]:
    if server.count(":") == 1:
        host, _, port = server.partition(":")
        return host, int(port)
    return server, 53


def _name(name: str) -> bytes:
    labels = name.rstrip(".").encode("idna").split(b".")
    if not all(0 < len(label) < 64 for label in labels):
        raise DnsFailed("no name")
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def _by_udp(host: str, port: int, asked: bytes, seconds: float) -> bytes:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.settimeout(seconds)
        line.connect((host, port))
        line.send(asked)
        return line.recv(LARGEST_MESSAGE)


def _by_tcp(host: str, port: int, asked: bytes, seconds: float) -> bytes:
    with socket.create_connection((host, port), timeout=seconds) as line:
        line.sendall(struct.pack(">H", len(asked)) + asked)
        with line.makefile("rb") as answer:
            length = struct.unpack(">H", answer.read(2))[0]
            return answer.read(length)


def _read(said: bytes, number: int, question: bytes) -> list[str]:
    told, flags, questions, answers, _, _ = struct.unpack(">HHHHHH", said[:12])
    is_ours = told == number and flags & 0x8000 and questions == 1
    if not is_ours or said[12 : 12 + len(question)].lower() != question.lower():
        raise DnsFailed("an answer to another question")
    code = flags & 0x000F
    if code == 3:
        return []
    if code:
        raise DnsFailed(f"the resolver answered {code}")
    place, found = 12 + len(question), []
    for _ in range(answers):
        place = _after_name(said, place)
        kind, _, _, length = struct.unpack(">HHIH", said[place : place + 10])
        place += 10
        if kind == TXT:
            found.append(_strings(said[place : place + length]))
        place += length
    return found


def _after_name(said: bytes, place: int) -> int:
    while said[place]:
        if said[place] & 0xC0:
            return place + 2
        place += said[place] + 1
    return place + 1


def _strings(data: bytes) -> str:
    parts, place = [], 0
    while place < len(data):
        size = data[place]
        parts.append(data[place + 1 : place + 1 + size])
        place += size + 1
    return b"".join(parts).decode("utf-8", "replace")
