"""The readable form of the document: calls by noun, and the documents they speak of, as frozen records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.core.language import t

WHERE = ("path", "query", "header", "body")


@dataclass(frozen=True, slots=True)
class FieldShown:
    """A parameter or a field: `where` is path, query, header or body; `type` reads `integer (1 to 100)`."""

    name: str
    where: str
    type: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class CallShown:
    """One call. `scope`: what its token must carry, None for anybody; `answer`: the document it gives."""

    id: str
    method: str
    path: str
    summary: str
    scope: str | None
    asked: tuple[FieldShown, ...]
    status: str
    answer: str
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupShown:
    """The calls about one noun."""

    name: str
    title: str
    calls: tuple[CallShown, ...]


@dataclass(frozen=True, slots=True)
class ShapeShown:
    """A document by name with its fields."""

    name: str
    fields: tuple[FieldShown, ...]


@dataclass(frozen=True, slots=True)
class DocsShown:
    groups: tuple[GroupShown, ...]
    shapes: tuple[ShapeShown, ...]


def show_docs(document: Mapping[str, Any]) -> DocsShown:
    """Reads an OpenAPI document of ours in the page's language."""
    calls: dict[str, list[CallShown]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            shown = _call(document, method, path, operation)
            calls.setdefault(operation["tags"][0], []).append(shown)
    names = [tag["name"] for tag in document["tags"]]
    groups = (GroupShown(n, t(f"api.tag.{n}"), tuple(calls[n])) for n in names if n in calls)
    schemas = document["components"]["schemas"].items()
    shapes = (ShapeShown(name, tuple(_fields(schema, ""))) for name, schema in sorted(schemas))
    return DocsShown(tuple(groups), tuple(shapes))


def _call(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> CallShown:
    security = operation.get("security") or [{}]
    scopes = security[0].get("token")
    status = next(s for s in operation["responses"] if s.startswith("2"))
    body = operation.get("requestBody")
    asked = [
        FieldShown(p["name"], p["in"], type_of(p["schema"]), p.get("required", False))
        for p in operation.get("parameters", ())
    ]
    if body and "application/json" not in body["content"]:
        form = body["content"]["multipart/form-data"]["schema"]
        asked.append(FieldShown(form["required"][0], "body", " | ".join(body["content"]), True))
    elif body:
        name = _schema_name(body["content"]["application/json"]["schema"])
        asked += _fields(document["components"]["schemas"][name], "body")
    return CallShown(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=t(f"api.do.{operation['operationId']}"),
        scope=scopes[0] if scopes else None,
        asked=tuple(sorted(asked, key=lambda f: WHERE.index(f.where))),
        status=status,
        answer=_schema_name(operation["responses"][status]["content"]["application/json"]["schema"]),
        refusals=tuple(s for s in operation["responses"] if not s.startswith("2")),
    )


def _fields(schema: Mapping[str, Any], where: str) -> Iterator[FieldShown]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield FieldShown(name, where, type_of(field), name in required)


def type_of(schema: Mapping[str, Any]) -> str:
    """A schema in a few signs: `integer`, `string | null`, `OfferCard[]`, `popular | newest | …`."""
    if "$ref" in schema:
        return _schema_name(schema)
    if "anyOf" in schema:
        return " | ".join(type_of(s) for s in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(v) for v in schema["enum"] if v is not None)
    kinds = schema.get("type", "any")
    if kinds == "array":
        return f"{type_of(schema['items'])}[]"
    known = " | ".join(kinds) if isinstance(kinds, list) else kinds
    bounds = (schema.get("minimum"), schema.get("maximum"))
    if None not in bounds:
        return f"{known} {bounds[0]}–{bounds[1]}"
    return f"{known} ({schema['format']})" if schema.get("format") not in (None, "int64") else known


def _schema_name(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]
