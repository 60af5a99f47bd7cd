"""What a browser is called and which network an address belongs to: enough for a person to know their own. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """Browser and system by their names; empty where nothing is known."""

    browser: str
    system: str


def device_of(user_agent: str) -> Device:
    """The device behind what a browser calls itself. Versions are left out: an update makes no new device."""
    return Device(_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))


def masked_network(address: str) -> str:
    """An address with its end cut: `5.160.12.7` -> `5.160.…`, of IPv6 the first two groups; empty for none."""
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped is None:
            return ":".join(known.exploded.split(":")[:2]) + ":…"
        known = known.ipv4_mapped
    return ".".join(str(known).split(".")[:2]) + ".…"


def _first(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in marks if mark in text), "")
