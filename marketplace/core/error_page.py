"""The page of a refusal: like every other, or bare where the database that fills its head is what failed."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template
from sqlalchemy.exc import SQLAlchemyError

from marketplace.core.language import current_language, direction


def error_body(**told: Any) -> str:
    """`told`: status, title, reasons, what_now."""
    try:
        return render_template("errors/error.html", **told)
    except SQLAlchemyError:
        lang = current_language()
        bare = current_app.jinja_env.get_template("errors/bare.html")
        return bare.render(lang=lang, dir=direction(lang), **told)
