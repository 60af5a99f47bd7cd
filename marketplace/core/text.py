"""Persian text: folding for search and comparison, digits, Jalali dates, Iranian identifiers."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from persiantools.jdatetime import JalaliDate

from marketplace.core.clock import tehran

PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
_TO_ASCII = str.maketrans(PERSIAN_DIGITS + ARABIC_DIGITS, "0123456789" * 2)
_TO_PERSIAN = str.maketrans("0123456789", PERSIAN_DIGITS)
ZWNJ = "\u200c"
_LETTERS = str.maketrans(
    {
        "ي": "ی",
        "ى": "ی",
        "ئ": "ی",
        "ك": "ک",
        "ة": "ه",
        "ۀ": "ه",
        "ە": "ه",
        "أ": "ا",
        "إ": "ا",
        "ٱ": "ا",
        "آ": "ا",
        "ؤ": "و",
        "ء": None,
        "ـ": None,
        "\u200d": None,
        "\u200e": None,
        "\u200f": None,
        "\u061c": None,
        "\u202a": None,
        "\u202b": None,
        "\u202c": None,
        "\u202d": None,
        "\u202e": None,
        "\u2066": None,
        "\u2067": None,
        "\u2068": None,
        "\u2069": None,
        "\ufeff": None,
        "٬": None,
        "٫": ".",
    }
)
_MARKS = re.compile("[\u064b-\u065f\u0670\u06d6-\u06ed]")
_NOT_WORD = re.compile(r"[^\w.]+|(?<!\d)\.|\.(?!\d)|_")
_KEYBOARDS = str.maketrans({"ي": "ی", "ك": "ک", ZWNJ: " "})
ALPHABET = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
_ORDER = {letter: chr(0x0E000 + place) for place, letter in enumerate(ALPHABET)}


def ascii_digits(value: str) -> str:
    """Persian and Arabic digits as ASCII; all else untouched."""
    return value.translate(_TO_ASCII)


def persian_digits(value: str) -> str:
    """ASCII digits as Persian ones."""
    return value.translate(_TO_PERSIAN)


def fold(value: str) -> str:
    """One spelling for words that read the same: letters, digits, marks, width and case folded.

    The half space becomes a space; whatever is not a letter or a digit parts words.
    """
    folded = unicodedata.normalize("NFKC", value).translate(_LETTERS).replace(ZWNJ, " ")
    folded = _MARKS.sub("", folded).casefold().translate(_TO_ASCII)
    return " ".join(_NOT_WORD.sub(" ", folded).split())


def search_words(value: str) -> str:
    """The text under which something is found: folded, plus the joined form of half-spaced words."""
    words = fold(value).split()
    for chunk in value.split():
        if ZWNJ in chunk:
            joined = fold(chunk.replace(ZWNJ, ""))
            if joined and joined not in words:
                words.append(joined)
    return " ".join(words)


def sort_key(value: str) -> str:
    """A string whose code-point order is the order of the Persian alphabet."""
    cleaned = unicodedata.normalize("NFKC", value).translate(_KEYBOARDS)
    return "".join(_ORDER.get(c, c) for c in cleaned.casefold())


def mobile(value: str) -> str | None:
    """An Iranian mobile as `09xxxxxxxxx` from any usual writing; None when it is none."""
    digits = re.sub(r"[\s\-().\u200c\u200e\u200f]", "", ascii_digits(value or ""))
    match = re.fullmatch(r"(?:\+98|0098|98|0)?(9[0-9]{9})", digits)
    return "0" + match.group(1) if match else None


def masked_mobile(value: str) -> str:
    """`0912***6789`: enough to know one's own."""
    return f"{value[:4]}***{value[-4:]}"


def postal_code(value: str) -> str | None:
    """Ten digits, no leading zero and not all the same; None otherwise."""
    digits = re.sub(r"[\s\-\u200c]", "", ascii_digits(value or ""))
    if not re.fullmatch(r"[1-9][0-9]{9}", digits) or len(set(digits)) == 1:
        return None
    return digits


LEGAL_WEIGHTS = (29, 27, 23, 19, 17, 29, 27, 23, 19, 17)


def national_id(value: str) -> str | None:
    """A national id that passes its check digit (mod 11); None otherwise."""
    digits = re.sub(r"[\s\-]", "", ascii_digits(value or ""))
    if not re.fullmatch(r"[0-9]{10}", digits) or len(set(digits)) == 1:
        return None
    rest = sum(int(d) * (10 - i) for i, d in enumerate(digits[:9])) % 11
    return digits if int(digits[9]) == (rest if rest < 2 else 11 - rest) else None


def legal_id(value: str) -> str | None:
    """The 11-digit national id of a company that passes its check digit; None otherwise."""
    digits = re.sub(r"[\s\-]", "", ascii_digits(value or ""))
    if not re.fullmatch(r"[0-9]{11}", digits) or len(set(digits)) == 1:
        return None
    more = int(digits[9]) + 2
    rest = sum((int(d) + more) * w for d, w in zip(digits, LEGAL_WEIGHTS, strict=False)) % 11
    return digits if int(digits[10]) == rest % 10 else None


def sheba(value: str) -> str | None:
    """A bank account number `IR` + 24 digits that passes mod 97; None otherwise."""
    code = re.sub(r"[\s\-]", "", ascii_digits(value or "")).upper()
    if not re.fullmatch(r"IR[0-9]{24}", code):
        return None
    return code if int(code[4:] + "1827" + code[2:4]) % 97 == 1 else None


def jalali(moment: datetime | date) -> JalaliDate:
    """The Jalali date of a moment in Tehran, or of a date."""
    day = tehran(moment).date() if isinstance(moment, datetime) else moment
    return JalaliDate(day)


MONTHS = (
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "آبان",
    "آذر",
    "دی",
    "بهمن",
    "اسفند",
)
ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def slug(value: str, longest: int = 80) -> str:
    """Words joined by hyphens, Persian letters kept: the readable tail of an address."""
    return "-".join(fold(value).replace(".", " ").split())[:longest].strip("-") or "x"
