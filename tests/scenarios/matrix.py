"""Every route of the document as a request against one team's things: addresses and bodies made from the document.

Ids that a route or a body asks for are those of team A's real things, so that what should be refused would do harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch")
CANDIDATES = (
    "word",
    "A word",
    "2030-05-01T00:00:00Z",
    "2030-05-01",
    "2030-05-01T00:00:00",
    "somebody@example.org",
    "https://example.org/x",
    "#aabbcc",
    "OPS",
    "1",
    "Europe/Berlin",
    "09:00",
)
"""Texts, of which one fits most patterns."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One route and method, and what calls it."""

    method: str
    path: str
    needs: str
    target: str
    body: Any = None
    media_type: str | None = None
    answers: tuple[str, ...] = ()
    """The media types of its good answer."""

    @property
    def name(self) -> str:
        """As people write it."""
        return f"{self.method} {self.path}"

    @property
    def is_write(self) -> bool:
        """True when it may change something."""
        return self.method != "GET"

    @property
    def names_a_thing(self) -> bool:
        """True when its address has an id in it."""
        return "{" in self.path


@dataclass(frozen=True)
class Things:
    """Team A's things: `in_paths` by the part of the address that stands before the id, `in_bodies` by the member."""

    in_paths: Mapping[str, str]
    in_bodies: Mapping[str, Any]
    by_query: Mapping[str, str] = field(default_factory=dict)


def operations(document: Mapping[str, Any], things: Things) -> Iterator[Operation]:
    """Every operation of the document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _operation(document, path, method, item[method], things)


def _operation(
    document: Mapping[str, Any], path: str, method: str, said: Mapping[str, Any], things: Things
) -> Operation:
    target = _filled(path, things.in_paths)
    query = [
        f"{one['name']}={_query_value(document, one, things)}"
        for one in said.get("parameters", [])
        if one["in"] == "query" and (one.get("required") or one["name"] in things.by_query)
    ]
    contents = said.get("requestBody", {}).get("content", {})
    media_type = next(iter(contents), None)
    body = None
    if media_type is not None:
        content = contents[media_type]
        body = content["example"] if "example" in content else sample(document, content.get("schema", {}), things)
    good: Any = next((answer for code, answer in said.get("responses", {}).items() if code.startswith("2")), {})
    return Operation(
        method.upper(),
        path,
        said["x-tocsin-needs"],
        target + ("?" + "&".join(query) if query else ""),
        body,
        media_type,
        tuple(good.get("content", {})),
    )


def _filled(path: str, known: Mapping[str, str]) -> str:
    """The path with ids: that of the thing that the part before says, else one that nothing has."""

    def one(found: re.Match[str]) -> str:
        before = path[: found.start()]
        return known.get(before, known.get("/" + before.strip("/").rsplit("/", 1)[-1] + "/", "none"))

    return re.sub(r"\{[^}]+\}", one, path)


def _query_value(document: Mapping[str, Any], parameter: Mapping[str, Any], things: Things) -> str:
    known = things.by_query.get(parameter["name"])
    return str(known if known is not None else sample(document, parameter.get("schema", {}), things))


def sample(document: Mapping[str, Any], schema: Any, things: Things, name: str = "") -> Any:
    """A value that a schema takes, with team A's ids where it names something."""
    if not isinstance(schema, dict):
        return None
    if "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return sample(document, target, things, name)
    for known in ("const", "default"):
        if known in schema and schema[known] is not None:
            return schema[known]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return sample(document, next(one for one in schema[several] if one.get("type") != "null"), things, name)
    return _of_type(document, schema, things, name)


def _of_type(document: Mapping[str, Any], schema: Mapping[str, Any], things: Things, name: str) -> Any:
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        required = set(schema.get("required", ()))
        return {
            member: things.in_bodies.get(member, sample(document, inner, things, member))
            for member, inner in schema.get("properties", {}).items()
            if member in required or member in things.in_bodies
        }
    if kind == "array":
        return [sample(document, schema.get("items", {}), things, name)] * schema.get("minItems", 0)
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    if kind == "boolean":
        return False
    return _text(schema) if kind == "string" else {}


def _text(schema: Mapping[str, Any]) -> str:
    wanted = {"date-time": CANDIDATES[2], "date": CANDIDATES[3], "email": CANDIDATES[5], "uri": CANDIDATES[6]}
    if schema.get("format") in wanted:
        return wanted[schema["format"]]
    pattern = schema.get("pattern", "")
    fits = [one for one in CANDIDATES if len(one) >= schema.get("minLength", 0) and re.search(pattern, one)]
    return (fits or [CANDIDATES[0]])[0][: schema.get("maxLength", 1000)]
