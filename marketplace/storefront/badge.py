"""The badge that a store shows on its own site: what it says, to whom, and how it is drawn. Pure.

It is bound to the seal's domain by the address that the browser names as its referrer: there it confirms; without one
it asks to be clicked; anywhere else it says that it is not valid there. What speaks against a seal is said everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

WIDTH, HEIGHT = 168, 72
TONES = {"good": ("#00606b", "#e2f4f4"), "plain": ("#4a5568", "#f2f1ec"), "bad": ("#a3123a", "#fdecef")}
SEAL = "M24 .5 30.9 7.4H40.6V17.1L47.5 24 40.6 30.9V40.6H30.9L24 47.5 17.1 40.6H7.4V30.9L.5 24 7.4 17.1V7.4H17.1Z"
MARKS = {
    "good": "M16 24.6l5.6 5.4L32.4 18.6",
    "plain": "M24 15v13M24 33v.5",
    "bad": "M17 17l14 14M31 17 17 31",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says: `word` names its sentence (`badge.<word>`), `tone` how it looks: good, plain or bad."""

    word: str
    tone: str


def host_of(address: str | None) -> str | None:
    """The host of a referrer, whole or origin alone, without `www.`; None where there is none."""
    if not address or len(address) > 2_000:
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        return None
    return plain_host(host)


def plain_host(host: str | None) -> str | None:
    """A host in small letters without the dot at its end and without `www.`."""
    if not host:
        return None
    return host.lower().rstrip(".").removeprefix("www.") or None


def badge_of(state: str, domain: str | None, referrer: str | None, own_host: str | None) -> Badge:
    """The badge of a seal in a state (`expired` where its dates are over) for a page that names this referrer."""
    if state != "active":
        return Badge(state if state in ("suspended", "revoked", "expired") else "unknown", "bad")
    host = host_of(referrer)
    if host is None:
        return Badge("neutral", "plain")
    if host == plain_host(own_host):
        return Badge("valid", "good")
    if domain is not None and host == plain_host(domain):
        return Badge("valid", "good")
    return Badge("elsewhere", "bad")


def draw_badge(badge: Badge, title: str, text: str, stars: int, *, is_rtl: bool) -> str:
    """The badge as an SVG of its own: no script, no style, nothing fetched, so that any CSP shows it."""
    ink, ground = TONES[badge.tone]
    seal_x = WIDTH - 60 if is_rtl else 12
    edge = WIDTH - 68 if is_rtl else 68
    anchor = "start"
    direction = "rtl" if is_rtl else "ltr"
    tail = f"{'★' * stars}{'☆' * (5 - stars)}" if badge.tone == "good" else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-labelledby="t"><title id="t">{escape(title)}: {escape(text)}</title>'
        f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="10" fill="{ground}" stroke="{ink}"/>'
        f'<g transform="translate({seal_x} 12)"><path fill="{ink}" d="{SEAL}"/><path fill="none" stroke="#fff" '
        f'stroke-width="4" stroke-linecap="round" stroke-linejoin="round" d="{MARKS[badge.tone]}"/></g>'
        f'<g font-family="Vazirmatn, Tahoma, sans-serif" fill="{ink}" direction="{direction}" text-anchor="{anchor}">'
        f'<text x="{edge}" y="28" font-size="13" font-weight="700">{escape(title)}</text>'
        f'<text x="{edge}" y="{46 if tail else 50}" font-size="12">{escape(text)}</text>'
        + (f'<text x="{edge}" y="63" font-size="12">{tail}</text>' if tail else "")
        + "</g></svg>"
    )
