"""Labels of attributes and the sentences that goods are described with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from marketplace.demo.plan.patterns import Pattern, Value
from marketplace.demo.plan.source import data

_LABELS = {
    "age": ("سن", "Age"), "alcohol": ("درصد الکل", "Alcohol"), "animal": ("حیوان", "Animal"),
    "applicator": ("همراه", "Applicator"), "battery": ("گنجایش", "Capacity"), "bristle": ("نرمی مو", "Bristle"),
    "bulbs": ("نور", "Light"), "capacity": ("گنجایش", "Capacity"), "colour": ("رنگ", "Colour"),
    "connection": ("اتصال", "Connection"), "count": ("تعداد", "Count"), "count2": ("تعداد بسته", "Packs"),
    "cover": ("جلد", "Cover"), "craft": ("دوخت", "Handwork"), "cut": ("برش", "Cut"), "design": ("طرح", "Design"),
    "edge": ("لبه", "Edge"), "effect": ("اثر", "Effect"), "fabric": ("پارچه", "Fabric"),
    "factor": ("اس‌پی‌اف", "SPF"), "filling": ("مغز و پرکننده", "Filling"), "finish": ("پرداخت", "Finish"),
    "fitting": ("آویز", "Fitting"), "fixing": ("نصب", "Fixing"), "flavour": ("طعم", "Flavour"),
    "flower": ("گل", "Flower"), "form": ("شکل", "Form"), "format": ("قطع", "Format"), "frame": ("قاب", "Frame"),
    "fruit": ("میوه", "Fruit"), "grade": ("درجه", "Grade"), "gsm": ("گرماژ", "Paper weight"),
    "hair": ("نوع مو", "Hair"), "handle": ("دسته", "Handle"), "hardness": ("سختی", "Hardness"),
    "herb": ("گیاه", "Herb"), "instrument": ("ساز", "Instrument"), "kind": ("نوع", "Kind"),
    "laptop": ("اندازه رایانه", "Laptop size"), "layers": ("لایه", "Layers"), "layout": ("چیدمان", "Layout"),
    "length": ("طول", "Length"), "lens": ("عدسی", "Lens"), "lining": ("آستر", "Lining"),
    "material": ("جنس", "Material"), "material2": ("جنس در", "Lid material"), "metal": ("فلز", "Metal"),
    "model": ("مدل", "Model"), "motif": ("نقش", "Motif"), "occasion": ("مناسبت", "Occasion"),
    "oil": ("روغن پایه", "Base oil"), "origin": ("شهر تولید", "Origin"), "pack": ("بسته‌بندی", "Packing"),
    "pieces": ("تعداد تکه", "Pieces"), "place": ("جای استفاده", "Place of use"), "plant": ("گیاه", "Plant"),
    "plug": ("درگاه", "Plug"), "poet": ("شاعر", "Poet"), "port": ("درگاه", "Connector"),
    "ports": ("تعداد درگاه", "Ports"), "powder": ("پودر", "Powder"), "power": ("توان", "Power"),
    "process": ("فراوری", "Process"), "ruling": ("نوع برگ", "Ruling"), "scent": ("رایحه", "Scent"),
    "script": ("خط", "Script"), "season": ("فصل", "Season"), "set": ("تعداد در بسته", "Set"),
    "set2": ("تعداد در بسته", "Set"), "shape": ("شکل", "Shape"), "sheets": ("تعداد برگ", "Sheets"),
    "size": ("اندازه", "Size"), "size2": ("برای", "For"), "skin": ("نوع پوست", "Skin"), "sole": ("زیره", "Sole"),
    "speed": ("سرعت", "Speed"), "standard": ("استاندارد", "Standard"), "stone": ("سنگ", "Stone"),
    "strap": ("بند", "Strap"), "style": ("شیوه", "Style"), "tablet": ("اندازه تبلت", "Tablet size"),
    "taste": ("مزه", "Taste"), "theme": ("موضوع", "Theme"), "thickness": ("ضخامت", "Thickness"),
    "tip": ("نوک", "Tip"), "tone": ("رنگ پوست", "Tone"), "use": ("کاربرد", "Use"),
    "vegetable": ("سبزی", "Vegetable"), "volume": ("حجم", "Volume"), "volumes": ("جلد", "Volumes"),
    "warranty": ("ضمانت", "Warranty"), "weight": ("وزن خالص", "Net weight"), "who": ("برای", "For"),
    "width": ("پهنا", "Width"), "wood": ("چوب", "Wood"), "yarn": ("ضخامت نخ", "Yarn"),
}  # fmt: skip

# A sentence for a value that the title leaves out.
_SAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "pack": (
        ("در {fa} به دست شما می‌رسد.", "It reaches you in a {en}."),
        ("بسته‌بندی آن {fa} است و بار دوم هم خوب بسته می‌شود.", "Packed in a {en} that closes well again."),
    ),
    "season": (("برای روزهای {fa} دوخته شده است.", "Made for {en} wear."),),
    "origin": (("کار کارگاهی در {fa} است.", "Made in a workshop in {en}."),),
    "colour": (("رنگ آن {fa} است.", "Its colour is {en}."),),
    "age": (("برای {fa} مناسب است.", "Suitable for {en}."),),
    "warranty": (("{fa} دارد.", "It comes with a {en} warranty."),),
    "design": (("طرح آن {fa} است.", "The design is {en}."),),
    "edge": (("لبه آن {fa} است.", "The edge: {en}."),),
    "finish": (("پرداخت آن {fa} است.", "The finish is {en}."),),
    "stone": (("سنگ آن {fa} است.", "The stone is {en}."),),
    "metal": (("از {fa} ساخته شده است.", "Made of {en}."),),
    "lining": (("درون آن {fa} است.", "Inside it is {en}."),),
    "handle": (("{fa} دارد.", "It has a {en}."),),
    "wood": (("چوب آن {fa} است.", "The wood is {en}."),),
    "skin": (("برای {fa} پیشنهاد می‌شود.", "Suggested for {en}."),),
    "hair": (("برای {fa} پیشنهاد می‌شود.", "Suggested for {en}."),),
    "scent": (("رایحه آن {fa} است.", "The scent: {en}."),),
    "strap": (("{fa} دارد.", "Comes with {en}."),),
}
_AMOUNTS = {"gr": ("گرم", "g"), "kg": ("کیلوگرم", "kg")}
_FA = str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫")

# What stones and metals look like, for the choice of a picture.
_LOOKS = {
    "Nishapur turquoise": "#1fa7a4",
    "agate": "#b3303a",
    "lapis lazuli": "#2f6bb0",
    "tiger's eye": "#b0703a",
    "jade": "#3f7a4c",
    "brass": "#c9a227",
    "gold-plated": "#c9a227",
    "copper": "#bd7348",
}

Attribute = tuple[str, str, str, str, str]


@cache
def label(category: str, slot: str, sample_en: str) -> tuple[str, str]:
    """What a slot is called on the page: the category's own word where the value is one of its own."""
    row = next(row for row in data("categories") if row["slug"] == category)
    for attribute in row["attributes"]:
        if attribute["key"] == slot and any(value["en"] == sample_en for value in attribute["values"]):
            return attribute["fa"], attribute["en"]
    return _LABELS[slot]


def attribute(category: str, slot: str, fa: str, en: str) -> Attribute:
    """One attribute as (key, label_fa, label_en, value_fa, value_en)."""
    label_fa, label_en = label(category, slot, en)
    return slot, label_fa, label_en, fa, en


def look(named: Mapping[str, Value]) -> str | None:
    """The colour to look for in a picture: the one that is named, or that of a stone or metal; None when any will do."""
    if "colour" in named:
        return named["colour"].get("hex")
    seen = (named[slot]["en"] for slot in ("stone", "finish", "metal") if slot in named)
    return next((_LOOKS[value] for value in seen if value in _LOOKS), None)


def describe(
    pattern: Pattern, draw: float, extra: tuple[str, str, str] | None, weight_grams: int
) -> tuple[str, str]:
    """Two to four sentences in Persian and English: what it is, what the title leaves out, how to keep it."""
    fa, en = [pattern.says_fa[0]], [pattern.says_en[0]]
    turn = int(draw * 997)
    if extra and extra[0] in _SAYS and turn % 5 < 3 and not extra[1].startswith("طرح"):
        says_fa, says_en = _SAYS[extra[0]][turn % len(_SAYS[extra[0]])]
        fa.append(says_fa.format(fa=extra[1]))
        en.append(says_en.format(en=extra[2]))
    rest = len(pattern.says_fa) - 1
    for nth in range(min(rest, 1 + turn % 2)):
        place = 1 + (turn // 3 + nth) % rest
        fa.append(pattern.says_fa[place])
        en.append(pattern.says_en[place])
    if len(fa) < 4 and (turn % 7 < 3 or len(fa) < 2):
        said_fa, said_en = _weight(weight_grams)
        fa.append(f"وزن آن با بسته‌بندی نزدیک {said_fa} است.")
        en.append(f"With its packing it weighs about {said_en}.")
    return " ".join(fa), " ".join(en)


@cache
def _weight(grams: int) -> tuple[str, str]:
    number, unit = (f"{grams / 1000:.1f}".removesuffix(".0"), "kg") if grams >= 1000 else (str(grams), "gr")
    unit_fa, unit_en = _AMOUNTS[unit]
    return f"{number.translate(_FA)} {unit_fa}", f"{number} {unit_en}"
