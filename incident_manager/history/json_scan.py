"""Goes through a JSON text that comes in pieces, value by value: only one value of a list is in memory.

What is raised is a `ValueError` with the reason, or a `RecursionError`. Pure: `more` gives the next piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from incident_manager.history.row import DECODER, LONGEST_ROW

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER_GOES_ON = re.compile(r"[0-9eE.+-]*")
LISTS = ("incidents", "errors", "history", "items")
"""Members of an object whose list is meant."""


class JsonScan:
    """A place in a text. `line` is that of the place, from 1; `more` gives text, "" at the end."""

    def __init__(self, more: Callable[[], str]) -> None:
        self._more = more
        self._text = ""
        self._at = 0
        self._is_whole = False
        self.line = 1

    def peek(self) -> str:
        """The next character that is no white space; "" at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._go(space.end() if space else self._at)
            if self._at < len(self._text) or not self._read():
                return self._text[self._at : self._at + 1]

    def take(self, *wanted: str) -> str:
        """Go over the next character, which must be one of these."""
        found = self.peek()
        if not found:
            raise ValueError("the file ends in the middle")
        if found not in wanted:
            raise ValueError(f"{' or '.join(wanted)} was expected, not {found!r}")
        self._go(self._at + 1)
        return found

    def value(self) -> Any:
        """The whole value that begins here."""
        self.peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except ValueError as error:
                if len(self._text) - self._at > LONGEST_ROW:
                    raise ValueError(f"no value of at most {LONGEST_ROW} characters begins here") from error
                # read as much again each time, so that long values cost no more than short ones
                wanted = max(len(self._text) - self._at, 1)
                if not self._read(wanted):
                    is_cut = getattr(error, "pos", 0) >= len(self._text) - 1 or "Unterminated" in str(error)
                    raise ValueError("the file ends in the middle" if is_cut else str(error)) from error
                continue
            if _NUMBER_GOES_ON.fullmatch(self._text, end) and not isinstance(value, str | list | dict) and self._read():
                continue
            self._go(end)
            return value

    def items(self) -> Iterator[tuple[int, Any]]:
        """Each item of the list that begins here, with the line that it begins in."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            self.peek()
            yield self.line, self.value()
            if self.take(",", "]") == "]":
                return

    def list_of_object(self) -> bool:
        """Go to the list in the object that begins here; false when what begins is no object with one."""
        self.take("{")
        if self.peek() != '"':
            return False
        name = self.value()
        self.take(":")
        return name in LISTS and self.peek() == "["

    def _read(self, least: int = 1) -> bool:
        if self._is_whole:
            return False
        parts = [self._text[self._at :]]
        got = 0
        while got < least:
            piece = self._more()
            if not piece:
                self._is_whole = True
                break
            got += len(piece)
            parts.append(piece)
        self._text, self._at = "".join(parts), 0
        return got > 0

    def _go(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to
