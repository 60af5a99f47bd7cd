"""`/en/...` is the same page in English; numbers and dates are written in the page's own script."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask, url_for

from marketplace.core import web
from marketplace.core.language import LanguagePrefix, current_language, direction, t


@pytest.mark.parametrize(
    ("asked", "language", "script", "path"),
    [
        ("/", None, "", "/"),
        ("/cart", None, "", "/cart"),
        ("/en", "en", "/en", "/"),
        ("/en/", "en", "/en", "/"),
        ("/en/cart", "en", "/en", "/cart"),
        ("/english", None, "", "/english"),
        ("/entries/en", None, "", "/entries/en"),
        ("/en/en/cart", "en", "/en", "/en/cart"),
    ],
)
def test_the_prefix_is_taken_off_once(asked, language, script, path):
    seen = {}
    LanguagePrefix(lambda environ, start: seen.update(environ))({"PATH_INFO": asked, "SCRIPT_NAME": ""}, None)
    assert (seen.get("bazargah.language"), seen["SCRIPT_NAME"], seen["PATH_INFO"]) == (language, script, path)


def test_the_prefix_goes_behind_the_place_where_the_site_hangs():
    seen = {}
    LanguagePrefix(lambda environ, start: seen.update(environ))(
        {"PATH_INFO": "/en/cart", "SCRIPT_NAME": "/shop"}, None
    )
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/shop/en", "/cart")


@pytest.fixture
def pages() -> Flask:
    """A small site with one page that tells its language and where it leads."""
    app = Flask(__name__)
    app.wsgi_app = LanguagePrefix(app.wsgi_app)
    app.jinja_env.globals["switch_url"] = web.switch_url

    @app.get("/cart")
    def cart():
        other = "en" if current_language() == "fa" else "fa"
        return {
            "language": current_language(),
            "direction": direction(current_language()),
            "here": url_for("cart"),
            "other": web.switch_url(other),
            "price": web.number(-1736000),
            "share": web.percent(15),
            "day": web.jdate(date(2026, 4, 1)),
            "moment": web.jdatetime(datetime(2026, 3, 20, 20, 30, tzinfo=UTC)),
        }

    return app


def test_a_page_in_persian(pages):
    told = pages.test_client().get("/cart?q=%DA%A9").json
    assert told == {
        "language": "fa",
        "direction": "rtl",
        "here": "/cart",
        "other": "/en/cart?q=%DA%A9",
        "price": "−۱٬۷۳۶٬۰۰۰",
        "share": "۱۵٪",
        "day": "۱۲ فروردین ۱۴۰۵",
        "moment": "۱ فروردین ۱۴۰۵، ۰۰:۰۰",
    }


def test_the_same_page_in_english(pages):
    told = pages.test_client().get("/en/cart").json
    assert told == {
        "language": "en",
        "direction": "ltr",
        "here": "/en/cart",
        "other": "/cart",
        "price": "−1,736,000",
        "share": "15%",
        "day": "1 Apr 2026",
        "moment": "21 Mar 2026, 00:00",
    }


def test_a_missing_sentence_shows_itself():
    assert t("nothing.of_the_kind") == "[nothing.of_the_kind]"
    assert t("nothing.of_the_kind", lang="en", n=3) == "[nothing.of_the_kind]"
