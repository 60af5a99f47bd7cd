"""Forms over the inputs. The page words the labels, the catalogues word what is wrong.

They carry no CSRF field of their own: `core.csrf` guards every request.
"""

from __future__ import annotations

from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField, TelField

from marketplace.accounts.inputs import CodeInput, CodeRequestInput, SignInInput, SignUpInput
from marketplace.core.errors import Invalid
from marketplace.core.language import t


class InputForm(FlaskForm):  # type: ignore[misc]
    """A form whose rules are those of an input; after `validate()` that input is `input`."""

    class Meta:
        csrf = False

    kind: ClassVar[Any]
    input: Any = None

    def validate(self, extra_validators: Any = None) -> bool:
        try:
            self.input = self.kind.parse({name: field.data for name, field in self._fields.items()})
        except Invalid as refused:
            self.refuse(refused.fields)
            return False
        return True

    def refuse(self, fields: dict[str, str]) -> None:
        """Puts the words of what is wrong at its field."""
        for name, code in fields.items():
            self[name].errors = [t(f"field.{code}")]


class SignInForm(InputForm):
    kind = SignInInput
    mobile = TelField()
    password = PasswordField()
    next = HiddenField()


class CodeRequestForm(InputForm):
    kind = CodeRequestInput
    mobile = TelField()
    next = HiddenField()


class SignUpForm(InputForm):
    kind = SignUpInput
    given_name = StringField()
    surname = StringField()
    mobile = TelField()
    next = HiddenField()


class CodeForm(InputForm):
    kind = CodeInput
    code = StringField()
