"""What people answer to a short message, understood in any spelling."""

from __future__ import annotations

from marketplace.core.language import LANGUAGES, t
from marketplace.core.text import ascii_digits, fold


def heard_word(sms: str) -> bool | None:
    """False for a word that stops short messages, True for one that begins them again, None for anything else.

    The words stand in the catalogues (`sms.stop_words`, `sms.start_words`), separated by blanks.
    """
    said = ascii_digits(fold(sms)).strip().replace(" ", "").casefold()
    for key, meaning in (("sms.stop_words", False), ("sms.start_words", True)):
        for language in LANGUAGES:
            if said in {ascii_digits(fold(word)).casefold() for word in t(key, lang=language).split()}:
                return meaning
    return None
