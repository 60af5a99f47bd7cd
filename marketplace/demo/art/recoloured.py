"""Further colours of the compositions that were drawn before this package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from marketplace.demo.art.colours import NAMED
from marketplace.demo.tones import hex_of, lab

# file to start from -> colour to give it
RECOLOURED: tuple[tuple[str, str, str], ...] = (
    ("handbag-4", "handbag-7", "black"),
    ("handbag-1", "handbag-8", "honey"),
    ("wallet-5", "wallet-6", "black"),
    ("wallet-2", "wallet-7", "honey"),
    ("backpack-2", "backpack-6", "grey"),
    ("backpack-3", "backpack-7", "pink"),
    ("backpack-1", "backpack-8", "mustard"),
    ("loafer-2", "loafer-6", "black"),
    ("loafer-4", "loafer-7", "grey"),
    ("sneaker-5", "sneaker-7", "black"),
    ("sneaker-4", "sneaker-8", "grey"),
    ("tote-4", "tote-7", "mustard"),
    ("tote-6", "tote-8", "grey"),
    ("duffel-5", "duffel-6", "black"),
    ("scarf-1", "scarf-6", "navy"),
    ("scarf-3", "scarf-7", "cream"),
    ("scarf-5", "scarf-8", "black"),
    ("headphones-4", "headphones-6", "white"),
)
_GOLD = frozenset(
    ("#f7db98", "#c08e43", "#b9883c", "#845922", "#f8e3b0", "#bc8f4d", "#ebc57d", "#a56a48", "#713e26")
)
_HEX = re.compile("#[0-9a-f]{6}")


def recoloured(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Key, colour and SVG of each; the stage, the metal and what is white keep their colours."""
    for source, key, colour in RECOLOURED:
        yield key, colour, _recolour((folder / f"{source}.svg").read_text(encoding="utf-8"), NAMED[colour][1])


def _recolour(svg: str, target: str) -> str:
    defs, body = svg.split("</defs>", 1)
    stage_defs, shade, thing_defs = defs.partition("<radialGradient")
    shadow = re.search(r'id="(\w+)"', thing_defs)
    stage, mark, thing = body.partition(f'fill="url(#{shadow.group(1)})"/>') if shadow else (body, "", "")
    own = {tone for tone in _HEX.findall(thing_defs + thing) if _is_own(tone)}
    middle = median(lab(tone)[0] for tone in own)
    strong = max(0.03, median(_chroma(tone) for tone in own))
    light, a, b = lab(target)

    def given(found: re.Match[str]) -> str:
        tone = found.group(0)
        if tone not in own:
            return tone
        share = min(1.3, _chroma(tone) / strong)
        return hex_of((min(0.97, max(0.1, light + (lab(tone)[0] - middle) * 0.85)), a * share, b * share))

    return (
        stage_defs + shade + _HEX.sub(given, thing_defs) + "</defs>" + stage + mark + _HEX.sub(given, thing)
    )


def _is_own(tone: str) -> bool:
    pale = lab(tone)[0] > 0.86 and _chroma(tone) < 0.05
    return not (tone in _GOLD or pale or tone in ("#201308", "#ffffff", "#140a05"))


def _chroma(tone: str) -> float:
    _, a, b = lab(tone)
    return float((a * a + b * b) ** 0.5)
