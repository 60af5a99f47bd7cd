"""Further colours of things, for what shops sell in more of them; stages follow from the colour."""

from __future__ import annotations

from marketplace.demo.art.thing import Look

# thing -> colours
_MORE: dict[str, str] = {
    "blanket": "cream turquoise pistachio",
    "boot": "navy",
    "briefcase": "burgundy",
    "cable": "grey pink green",
    "candle": "turquoise burgundy",
    "car": "blue pink",
    "charger": "grey green",
    "clothmask": "white black",
    "clutch": "silver green",
    "curtain": "cream turquoise",
    "cushion": "cream grey",
    "dress": "white blue turquoise yellow",
    "enamelplate": "red",
    "flat": "brown",
    "heel": "honey",
    "jacket": "cream",
    "jumper": "cream black coral",
    "keyboard": "grey",
    "keyring": "brown navy",
    "laptopsleeve": "brick",
    "manteau": "grey cream navy",
    "maskbox": "white black",
    "mouse": "pink",
    "mug": "red white",
    "notebook": "turquoise black",
    "phonecase": "white green",
    "plantpot": "navy grey",
    "plush": "green yellow",
    "pouch": "green grey brown black burgundy",
    "pumpbottle": "blue black green",
    "sandal": "white turquoise pink black",
    "shirt": "coral cream",
    "slipper": "white blue black",
    "sock": "grey white",
    "spray": "blue white",
    "suitcase": "green pink",
    "termeh": "cream blue",
    "towel": "cream navy",
    "trousers": "black brick",
    "tshirt": "coral grey",
    "wateringcan": "pistachio",
}
_STAGES = ("wall", "niche", "window", "plinth", "sun")
_TINTS = {
    "cool": ("cream", "peach", "pink", "green"),
    "warm": ("cyan", "green", "cream", "lilac"),
    "pale": ("green", "lilac", "cyan", "peach"),
    "grey": ("peach", "pink", "cyan", "cream"),
}
_KINDS = {
    "cool": ("blue", "turquoise", "green", "navy", "pistachio", "teal", "olive"),
    "warm": ("red", "pink", "coral", "brick", "burgundy", "honey", "yellow", "brown"),
    "pale": ("white", "cream"),
    "grey": ("grey", "silver", "black"),
}


def colourways(name: str) -> tuple[Look, ...]:
    """The further looks of a thing."""
    colours = _MORE.get(name, "").split()
    start = sum(map(ord, name))
    return tuple(
        (colour, _STAGES[(start + place) % 5], _TINTS[_kind(colour)][(start // 3 + place) % 4])
        for place, colour in enumerate(colours)
    )


def _kind(colour: str) -> str:
    return next(kind for kind, colours in _KINDS.items() if colour in colours)
