"""Which addresses belong to the open net, and which may be gone to when a stranger names them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit, urlunsplit

PORTS = {"http": 80, "https": 443}
LONGEST_ADDRESS = 2048
_NUMBER = re.compile(r"(?i)^(0x[0-9a-f]*|[0-9]+)$")
_HOST = re.compile(
    r"^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*$"
)
_HIDDEN_NETS = tuple(
    ipaddress.ip_network(net)
    for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "192.88.99.0/24")
)


class OutwardRefused(Exception):
    """The address is none that we go to. `code` says why; nothing was asked."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def is_public(address: str, *, allow_loopback: bool = False) -> bool:
    """Whether an address is one of the open net: no host, network or multicast of our own, in whatever dress."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        ip = mapped
    if allow_loopback and ip.is_loopback:
        return True
    is_ours = (
        not ip.is_global
        or ip.is_private
        or ip.is_loopback
        or ip.is_link_local
        or ip.is_multicast
        or ip.is_reserved
        or ip.is_unspecified
    )
    return not is_ours and not any(ip.version == net.version and ip in net for net in _HIDDEN_NETS)


def check_url(url: str, *, allow_loopback: bool = False) -> str:
    """The address in its plain form. Raises OutwardRefused before anything is looked up."""
    if len(url) > LONGEST_ADDRESS or any(ord(c) <= 0x20 or ord(c) == 0x7F for c in url):
        raise OutwardRefused("bad_address")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        plain = host if ":" in host else host.encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError) as error:
        raise OutwardRefused("bad_address") from error
    if parts.scheme not in PORTS:
        raise OutwardRefused("scheme_not_allowed")
    if parts.username is not None or parts.password is not None or "\\" in url or not plain:
        raise OutwardRefused("bad_address")
    if port is not None and port not in PORTS.values() and not allow_loopback:
        raise OutwardRefused("port_not_allowed")
    if is_address(plain):
        if not is_public(plain, allow_loopback=allow_loopback):
            raise OutwardRefused("address_not_public")
    elif not _HOST.match(plain) or _NUMBER.match(plain.rpartition(".")[2]):
        raise OutwardRefused("bad_address")
    shown = f"[{plain}]" if ":" in plain else plain
    netloc = shown if port is None else f"{shown}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))


def is_address(host: str) -> bool:
    """Whether a host is written as an address, not as a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
