"""Where a link stands by itself, the words of a message do not end with it again."""

from __future__ import annotations

import pytest

from marketplace.messages.rendering import Words

URL = "https://bazargah.example/complaints/C1"


@pytest.mark.parametrize(
    ("body", "url", "told"),
    [
        (f"شکایت شما ثبت شد. {URL}", URL, "شکایت شما ثبت شد."),
        (f"شکایت شما ثبت شد.\n{URL}", URL, "شکایت شما ثبت شد."),
        (f"در {URL} پاسخ بدهید.", URL, f"در {URL} پاسخ بدهید."),
        ("سپاس از شما.", URL, "سپاس از شما."),
        ("سپاس از شما.", None, "سپاس از شما."),
    ],
)
def test_a_link_is_said_once(body: str, url: str | None, told: str) -> None:
    words = Words("شکایت C1", body, url)
    assert words.told == told
    assert words.body == body, "a short message carries it within"
