"""Unknown members as text for people: a line each, `name: value`, what is nested as compact JSON, secrets as stars.

It stops where the text is full, so a body of any size costs as much as what is kept of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from services.ingest.members.names import LONGEST, Kind, kind_of
from services.ingest.redaction import STARS, is_secret, without_secrets

DEEPEST = 20
"""What is nested deeper is not shown."""


def lines_of(body: Mapping[str, Any], skipped: frozenset[str], room: int) -> tuple[str, bool]:
    """The members that are not `skipped` and say something, in at most `room` characters; and whether that was all."""
    lines: list[str] = []
    for name, value in body.items():
        if name in skipped or value is None or value in ("", [], {}):
            continue
        if room <= 0:
            return "\n".join(lines), False
        line = f"{' '.join(name.split())[:LONGEST]}: {_show(name, value, room)}"
        if len(line) > room:
            lines.append(line[:room])
            return "\n".join(lines), False
        lines.append(line)
        room -= len(line) + 1
    return "\n".join(lines), True


def _show(name: str, value: Any, room: int) -> str:
    if kind_of(name) is Kind.SECRET:
        return STARS
    if isinstance(value, str):
        return without_secrets(value[: room + 1]).strip()
    return "".join(_json(value, _Room(room), 0))


class _Room:
    """How many characters may still be written."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, text: str) -> str:
        self.left -= len(text)
        return text


def _json(value: Any, room: _Room, depth: int) -> Iterator[str]:
    if room.left < 0:
        return
    if isinstance(value, Mapping | list) and depth >= DEEPEST:
        yield room.take("…")
    elif isinstance(value, Mapping):
        yield from _object(value, room, depth)
    elif isinstance(value, list):
        yield from _list(value, room, depth)
    else:
        yield room.take(_scalar(value, room.left))


def _object(value: Mapping[str, Any], room: _Room, depth: int) -> Iterator[str]:
    hidden = _is_secret_pair(value.get("name", value.get("key")))
    opened = "{"
    for name, inner in value.items():
        if room.left < 0:
            return
        yield room.take(f"{opened}{_scalar(name, LONGEST)}:")
        if is_secret(name) or (hidden and name == "value"):
            yield room.take(f'"{STARS}"')
        else:
            yield from _json(inner, room, depth + 1)
        opened = ","
    yield room.take("}" if opened == "," else "{}")


def _list(value: list[Any], room: _Room, depth: int) -> Iterator[str]:
    if len(value) == 2 and _is_secret_pair(value[0]):
        value = [value[0], STARS]
    opened = "["
    for inner in value:
        if room.left < 0:
            return
        yield room.take(opened)
        yield from _json(inner, room, depth + 1)
        opened = ","
    yield room.take("]" if opened == "," else "[]")


def _is_secret_pair(name: Any) -> bool:
    """True for `["Authorization", …]` and `{"name": "token", "value": …}`: lists of headers and of variables."""
    return isinstance(name, str) and is_secret(name)


def _scalar(value: Any, room: int) -> str:
    if isinstance(value, str):
        return json.dumps(without_secrets(value[: room + 1]), ensure_ascii=False)
    try:
        return json.dumps(value)
    except ValueError:  # an integer of thousands of digits
        return '"a number"'
