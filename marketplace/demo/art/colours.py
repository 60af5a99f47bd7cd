"""The named colours of the pictures."""

from __future__ import annotations

# name in English -> (Persian, hex)
NAMED: dict[str, tuple[str, str]] = {
    "amber": ("کهربایی", "#b0703a"),
    "black": ("مشکی", "#2b2d33"),
    "blue": ("آبی", "#2f6bb0"),
    "brick": ("آجری", "#b3532f"),
    "brown": ("قهوه‌ای", "#6f4226"),
    "burgundy": ("زرشکی", "#7a1f35"),
    "copper": ("مسی", "#bd7348"),
    "coral": ("گلبهی", "#e07f78"),
    "cream": ("کرم", "#ece0c8"),
    "golden": ("طلایی", "#c9a227"),
    "green": ("سبز", "#3f7a4c"),
    "grey": ("طوسی", "#8a8d91"),
    "honey": ("عسلی", "#c1833f"),
    "khaki": ("نخودی", "#9c8a5c"),
    "lilac": ("یاسی", "#a98fd0"),
    "mauve": ("یاسی", "#b06f9c"),
    "multicolour": ("رنگارنگ", "#e0a526"),
    "mustard": ("خردلی", "#d3a12a"),
    "natural": ("چوبی", "#c79a62"),
    "navy": ("سرمه‌ای", "#22304f"),
    "olive": ("زیتونی", "#6b6b3a"),
    "pink": ("صورتی", "#e6a6b8"),
    "pistachio": ("مغزپسته‌ای", "#a9c08a"),
    "plum": ("بنفش", "#6d3f63"),
    "red": ("قرمز", "#b3303a"),
    "silver": ("نقره‌ای", "#b8bcc2"),
    "tan": ("شتری", "#b88a55"),
    "teal": ("سبزآبی", "#17666e"),
    "turquoise": ("فیروزه‌ای", "#1fa7a4"),
    "white": ("سفید", "#f4f1ea"),
    "yellow": ("زرد", "#e3b62f"),
}
