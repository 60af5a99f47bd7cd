"""Whole numbers in words, Persian and English, as invoices and cheques ask for: 0 to below 10^15."""

from __future__ import annotations

from marketplace.core.language import t

LARGEST = 10**15


def in_words(value: int, language: str) -> str:
    """`1736000` in words: "one million seven hundred thirty-six thousand".

    Raises ValueError below 0 and from 10^15 on.
    """
    if not 0 <= value < LARGEST:
        raise ValueError("only 0 to 10^15 are put into words")
    if value == 0:
        return _words("ones", language)[0]
    return t("number_words.between", lang=language).replace("_", " ").join(_parts(value, language))


def _parts(value: int, language: str) -> list[str]:
    """Each group of three digits with its scale; in Persian a trillion is a thousand billions, a thousand no one."""
    scales = ["", *_words("scales", language)]
    groups = {place: value // 1000**place % 1000 for place in range(5)}
    parts = []
    if language == "fa" and groups[4]:
        parts.append(f"{in_words(groups.pop(4) * 1000 + groups.pop(3), language)} {scales[3]}")
    for place, group in sorted(groups.items(), reverse=True):
        if group:
            is_bare = language == "fa" and place == 1 and group == 1
            parts.append(f"{'' if is_bare else _group(group, language)} {scales[place]}".strip())
    return parts


def _group(group: int, language: str) -> str:
    between, inside = (
        t(f"number_words.{key}", lang=language).replace("_", " ") for key in ("between", "between_tens")
    )
    ones, tens = _words("ones", language), _words("tens", language)
    hundreds, rest = divmod(group, 100)
    parts = [_words("hundreds", language)[hundreds - 1]] if hundreds else []
    if rest >= 20:
        parts.append(tens[rest // 10 - 2] + (inside + ones[rest % 10] if rest % 10 else ""))
    elif rest:
        parts.append(ones[rest])
    return between.join(parts)


def _words(key: str, language: str) -> list[str]:
    return t(f"number_words.{key}", lang=language).split("|")
