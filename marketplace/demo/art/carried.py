"""The compositions that were drawn before this package: what they show and in which colours."""

from __future__ import annotations

# object -> (categories, words in Persian, words in English, colours in the order of the files)
CARRIED: dict[str, tuple[tuple[str, ...], str, str, tuple[str, ...]]] = {
    "backpack": (("bags",), "کوله‌پشتی", "backpack", ("olive", "navy", "red", "khaki", "plum")),
    "books": (("stationery", "toys"), "چند کتاب روی هم", "stack of books", ("teal",) * 4),
    "bowl": (("kitchen", "handicraft"), "کاسه نقش ماهی", "bowl with fish", ("turquoise",) * 4),
    "carpet": (
        ("handicraft", "home"),
        "قالیچه دستباف",
        "handwoven rug",
        ("red", "blue", "green", "brown", "plum"),
    ),
    "copper": (("kitchen", "handicraft"), "قابلمه مسی چکشی", "hammered copper pot", ("copper",) * 4),
    "duffel": (("bags",), "ساک سفری", "travel bag", ("navy", "brown", "green", "burgundy", "khaki")),
    "giveh": (("shoes",), "گیوه دست‌دوز", "hand-sewn giveh", ("white",) * 4),
    "handbag": (("bags",), "کیف دستی", "handbag", ("brown", "burgundy", "green", "navy", "khaki", "plum")),
    "headphones": (("digital",), "هدفون", "headphones", ("black", "brown", "teal", "plum", "khaki")),
    "loafer": (("shoes",), "کفش کالج", "pair of loafers", ("brown", "navy", "burgundy", "tan", "green")),
    "nuttray": (("nuts",), "سینی آجیل", "tray of nuts", ("tan",) * 4),
    "pistbowl": (("nuts",), "کاسه پسته", "bowl of pistachios", ("turquoise", "blue", "coral", "green")),
    "saffron": (("food",), "شیشه زعفران و گل", "jar of saffron with a crocus", ("red",) * 4),
    "scarf": (("clothing",), "شال", "scarf", ("plum", "teal", "mustard", "burgundy", "green")),
    "serum": (("beauty",), "سرم و گل محمدی", "serum and a rose", ("pink", "amber", "green", "lilac")),
    "sneaker": (
        ("shoes",),
        "کفش راحتی",
        "pair of trainers",
        ("teal", "mustard", "red", "green", "blue", "mauve"),
    ),
    "soap": (("beauty", "hygiene"), "سه صابون", "three soap bars", ("cream",) * 4),
    "tea": (("kitchen", "food"), "قوری و استکان چای", "teapot and a glass of tea", ("white",) * 4),
    "tote": (("bags",), "ساک خرید", "tote bag", ("teal", "burgundy", "green", "tan", "plum", "brown")),
    "vase": (
        ("handicraft",),
        "گلدان سفالی",
        "pottery vase",
        ("turquoise", "blue", "green", "red", "mustard"),
    ),
    "wallet": (("bags",), "کیف پول", "wallet", ("red", "brown", "navy", "green", "burgundy")),
}
# Objects of more colours than one, whose words name none.
PLAIN = frozenset(("books", "bowl", "copper", "giveh", "nuttray", "saffron", "soap", "tea"))
