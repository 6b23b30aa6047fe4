"""The rows in the body of an import, one after the other, so that no more than one of them is in memory as values.

JSON (an object with a list `incidents`, or the list alone) or JSON lines, in any of Unicode's encodings, with or
without a byte order mark, or in the charset that the sender names. A body that is no JSON is refused as a whole, before
anything is done; a line that is none is one refused row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.problem import Fault, Problem, invalid, malformed
from shared.text.charsets import charset_of, decode, is_unicode

MAX_ROWS = 5_000
"""Rows of one call."""
LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines")
_SPACE = re.compile(r"[ \t\r\n]*")
_LINE = re.compile(r"[^\r\n]+")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Place:
    """A row as it came, at its place from 1; `fault` says why there is no value."""

    place: int
    value: Any = None
    fault: str = ""


class Body:
    """A body whose rows can be read, as often as one likes."""

    def __init__(self, body: bytes, content_type: str) -> None:
        """Raises a `Problem`: 400 for what is no JSON, 413 for too many rows, 422 without a list of incidents."""
        self._text = _to_text(body, content_type)
        self._is_lines = content_type.partition(";")[0].strip().lower() in LINES
        self.rows = 0
        for _ in self.places():
            self.rows += 1
            if self.rows > MAX_ROWS:
                raise _too_many()

    def places(self) -> Iterator[Place]:
        """Each row."""
        yield from _lines(self._text) if self._is_lines else _members(self._text)


def media_type_wants_lines(accept: str) -> bool:
    """True when an `Accept` asks for JSON lines rather than JSON: whichever it names first."""
    for part in accept.split(","):
        kind = part.partition(";")[0].strip().lower()
        if kind in LINES:
            return True
        if kind == "application/json":
            return False
    return False


def _to_text(body: bytes, content_type: str) -> str:
    charset = charset_of(content_type)
    if charset and not is_unicode(charset):
        return decode(body, charset).text
    encoding = json.detect_encoding(body)
    try:
        # bytes that are no text stay recognisable: the rows that they are in are refused, the others are not
        return body.decode(encoding, "surrogateescape" if encoding.startswith("utf-8") else "strict")
    except UnicodeDecodeError as error:
        raise malformed(f"The body is not {encoding}: byte {error.start} is no part of it.") from error


def _lines(text: str) -> Iterator[Place]:
    lines = (line for found in _LINE.finditer(text) if (line := found.group().strip()))
    for place, line in enumerate(lines, 1):
        try:
            yield Place(place, _DECODER.decode(line))
        except (ValueError, RecursionError) as error:
            yield Place(place, fault=f"the line is no JSON value: {_why(error)}")


def _members(text: str) -> Iterator[Place]:
    scan, place, is_there = _Scan(text), 0, False
    try:
        for name in ["incidents"] if scan.peek() == "[" else scan.names():
            if name == "incidents" and scan.peek() == "[":
                is_there = True
                for place, value in enumerate(scan.items(), place + 1):  # noqa: B020 - counts on
                    yield Place(place, value)
            elif name == "incidents":
                raise invalid("/incidents", "must be a list of incidents")
            else:
                scan.value()
        scan.end()
    except (ValueError, RecursionError) as error:
        raise malformed(f"The body is no JSON that can be read: {_why(error)}") from error
    if not is_there:
        raise invalid("/incidents", "is required")


class _Scan:
    """Goes through a JSON text. What is raised is a `ValueError` with the place, or a `RecursionError`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def peek(self) -> str:
        """The next character that is no white space; "" at the end."""
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._text[self._at : self._at + 1]

    def take(self, *wanted: str) -> str:
        """Go over the next character, which must be one of these."""
        found = self.peek()
        if found not in wanted or not found:
            raise ValueError(f"{' or '.join(wanted)} was expected at character {self._at}")
        self._at += 1
        return found

    def value(self) -> Any:
        """The whole value that begins here."""
        self.peek()
        value, self._at = _DECODER.raw_decode(self._text, self._at)
        return value

    def items(self) -> Iterator[Any]:
        """Each item of the list that begins here."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield self.value()
            if self.take(",", "]") == "]":
                return

    def names(self) -> Iterator[str]:
        """Each member's name in the object that begins here; whoever asks for the next has gone over its value."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise ValueError(f"a name was expected before character {self._at}")  # noqa: TRY004 - as the decoder's
            self.take(":")
            yield name
            if self.take(",", "}") == "}":
                return

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise ValueError(f"there is more behind its end, at character {self._at}")


def _why(error: BaseException) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)[:200]


def _too_many() -> Problem:
    detail = f"An import takes {MAX_ROWS} rows at most in one call; send the rest in further ones."
    return Problem(413, "too_many_rows", detail, errors=[Fault("/incidents", detail)], limit_rows=MAX_ROWS)
