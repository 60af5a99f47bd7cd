"""Examples in the document, made from its own schemas, so that none can say what its schema does not allow."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

DEEPEST = 8
MOMENT = "2026-03-25T10:00:00Z"
WORDS = {
    "slug": "artin",
    "code": "12345678",
    "number": "140500012",
    "name": "Artin olive soap",
    "title": "Artin olive soap",
    "store": "Artin",
    "text": "It arrived broken, and the store did not answer.",
    "reason": "it is not right",
    "note": "We called the store.",
    "domain": "artin.example",
    "cursor": "WzE3LDEwNV0",
    "next_cursor": "WzE3LDEwNV0",
    "receiver": "Sara Nouri",
    "mobile": "09121112233",
    "province": "Isfahan",
    "city": "Isfahan",
    "line": "Chahar Bagh, Bahar alley, 7",
    "postal_code": "8134567891",
    "carrier": "pishtaz",
    "tracking_code": "RR10000001",
    "sheba": "IR062960000000100324200001",
    "holder": "Ali Mohammadi",
    "owner_name": "Ali Mohammadi",
    "bank_reference": "1405010112",
    "letter": "12/45",
    "letter_on": "1405/01/20",
    "until": "1405/01/20",
    "month": "1405-01",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "secret": "whsec_3v9YbS2m",
    "url": "https://shop.example/hook",
    "message": "This cannot be bought now.",
    "label": "trust seal",
    "type": "about:blank",
    "content": "reference,rail,sheba,owner,amount_rial,description",
    "pseudonym": "5b1f0c2a9d3e4f60",
    "summary": "It never arrived, and the store was silent.",
    "fields": "id",
    "sort": "popular",
}
"""Believable words by the name of a field."""
LETTERS = {"^[0-9a-f]{64}$": WORDS["digest"], "^IR[0-9]{24}$": WORDS["sheba"]}


def example_of(
    schema: Mapping[str, Any], components: Mapping[str, Any], name: str = "", deep: int = 0
) -> Any:
    """A value that a schema allows; of a nullable one the value, of a choice its first word."""
    if "$ref" in schema:
        inner = components[schema["$ref"].rpartition("/")[2]]
        return example_of(inner, components, name, deep + 1)
    if "example" in schema:
        return schema["example"]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return example_of(schema[key][0], components, name, deep + 1)
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else next(k for k in kinds if k != "null")
    if kind == "object":
        return _object(schema, components, deep)
    if kind == "array":
        items = schema.get("items", {})
        return [] if deep > DEEPEST else [example_of(items, components, name, deep + 1)]
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return _number(schema, name)
    return _text(schema, name)


def _object(schema: Mapping[str, Any], components: Mapping[str, Any], deep: int) -> dict[str, Any]:
    if "properties" in schema:
        return {
            field: example_of(inner, components, field, deep + 1)
            for field, inner in schema["properties"].items()
        }
    more = schema.get("additionalProperties")
    return {"artin": example_of(more, components, "", deep + 1)} if isinstance(more, Mapping) and more else {}


def _number(schema: Mapping[str, Any], name: str) -> int:
    wanted = 250_000 if name.endswith("_toman") else 1
    return max(int(schema.get("minimum", wanted)), min(wanted, int(schema.get("maximum", wanted))))


def _text(schema: Mapping[str, Any], name: str) -> str:
    """Words that keep format, pattern and length."""
    kind = schema.get("format")
    if kind == "date-time":
        return MOMENT
    if kind == "date":
        return MOMENT[:10]
    if kind == "uri":
        return "https://bazargah.example/offers/17"
    if schema.get("pattern") in LETTERS:
        return LETTERS[schema["pattern"]]
    words = WORDS.get(name, "example")
    return (words * (1 + int(schema.get("minLength", 0)) // len(words)))[: schema.get("maxLength", 400)]


def add_examples(document: dict[str, Any]) -> None:
    """Gives every body of the document an example, and every refusal one of its status."""
    components = document["components"]["schemas"]
    for methods in document["paths"].values():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                _give(content, components)
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    for content in response.get("content", {}).values():
                        _give(content, components)
    for name, response in document["components"]["responses"].items():
        for kind, content in response.get("content", {}).items():
            if kind == "application/problem+json":
                content["example"] = {
                    "type": "about:blank",
                    "title": response["description"],
                    "status": _status(name),
                    "code": name.lower(),
                    "reasons": [],
                }


def _give(content: dict[str, Any], components: Mapping[str, Any]) -> None:
    if content["schema"].get("format") != "binary" and content["schema"].get("type") != "object":
        content["example"] = example_of(content["schema"], components)


def _status(name: str) -> int:
    return int(getattr(HTTPStatus, name, HTTPStatus.BAD_REQUEST))
