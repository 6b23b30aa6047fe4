"""Writes what a command found: values to standard output, what is said about them to standard error.

Standard output carries only what was asked for, so it can be piped; a pipe that closes ends the run quietly.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from rich.cells import cell_len

from incident_manager.terminal.cells import cell, clean, pad, shorten
from incident_manager.terminal.json_text import json_text

GAP = "  "
NARROWEST = 12
COLOURS = {"critical": "1;31", "high": "31", "medium": "33", "low": "36", "resolved": "32", "closed": "2"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and whether its values may be cut to fit a terminal."""

    heading: str
    may_shrink: bool = False
    right: bool = False


class Printer:
    """The two streams of one run. `wants_json` and `is_quiet` are the flags of the command line."""

    def __init__(
        self, out: TextIO, err: TextIO, *, wants_json: bool = False, is_quiet: bool = False, has_colour: bool = True
    ) -> None:
        self._out = out
        self._err = err
        self.wants_json = wants_json
        self.is_quiet = is_quiet
        self.is_terminal = out.isatty()
        self._has_colour = has_colour and self.is_terminal

    def line(self, text: str = "") -> None:
        """A line of standard output, cleaned of what a terminal would obey."""
        self._out.write(cell(text, isolate=False) + "\n")
        self._out.flush()

    def block(self, text: str) -> None:
        """A text of standard output whose further lines stand a little farther in than its first."""
        indent = len(text) - len(text.lstrip(" "))
        for number, line in enumerate(text.splitlines()):
            self._out.write(f"{' ' * (indent + (4 if number else 0))}{clean(line)}\n")

    def verbatim(self, text: str) -> None:
        """A text of our own as it is."""
        self._out.write(text if text.endswith("\n") else f"{text}\n")

    def say(self, text: str) -> None:
        """A remark beside the result, unless only the result is wanted."""
        if not self.is_quiet and not self.wants_json:
            self.complain(text)

    def complain(self, text: str) -> None:
        """A line of standard error."""
        self._err.write(clean(text) + "\n")
        self._err.flush()

    def json(self, value: Any) -> None:
        """A value as JSON."""
        self._out.write(json_text(value, ascii_only=self._is_narrow) + "\n")

    def json_line(self, value: Any) -> None:
        """A value as one line of JSON."""
        self._out.write(json_text(value, indent=None, ascii_only=self._is_narrow) + "\n")
        self._out.flush()

    def json_list(self, values: Iterable[Any]) -> None:
        """A list as JSON, each item written when it is known: memory does not grow with the list."""
        empty = True
        for value in values:
            text = json_text(value, ascii_only=self._is_narrow).replace("\n", "\n  ")
            self._out.write(f"{'[' if empty else ','}\n  {text}")
            empty = False
        self._out.write("[]\n" if empty else "\n]\n")

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> int:
        """A table; returns how many rows it has. In a pipe nothing is cut, in a terminal only what may shrink."""
        cells = [[cell(value, isolate=self.is_terminal) for value in row] for row in rows]
        headings = [cell(column.heading, isolate=self.is_terminal) for column in columns]
        widths = [max(cell_len(row[i]) for row in [headings, *cells]) for i in range(len(columns))]
        if self.is_terminal:
            widths = fit(widths, columns, shutil.get_terminal_size().columns)
        self._row(headings, widths, columns, heading=True)
        for row in cells:
            self._row(row, widths, columns)
        return len(cells)

    def _row(
        self, row: Sequence[str], widths: Sequence[int], columns: Sequence[Column], *, heading: bool = False
    ) -> None:
        parts: list[str] = []
        for text, width, column in zip(row, widths, columns, strict=True):
            short = shorten(text, width) if column.may_shrink else text
            blanks = pad("", width - cell_len(short))
            shown = self._coloured(short, "1" if heading else COLOURS.get(short, ""))
            parts.append(blanks + shown if column.right else shown + blanks)
        self._out.write(GAP.join(parts).rstrip() + "\n")

    def _coloured(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if code and self._has_colour and text else text

    @property
    def _is_narrow(self) -> bool:
        """True where standard output can't carry every character."""
        return (self._out.encoding or "utf-8").lower().replace("-", "").replace("_", "") != "utf8"


def fit(widths: Sequence[int], columns: Sequence[Column], room: int) -> list[int]:
    """The widths, those that may shrink made less until all fit; the widest gives first."""
    found = list(widths)
    over = sum(found) + len(GAP) * (len(found) - 1) - room
    while over > 0:
        wide = [i for i, column in enumerate(columns) if column.may_shrink and found[i] > NARROWEST]
        if not wide:
            break
        widest = max(wide, key=lambda i: found[i])
        found[widest] -= 1
        over -= 1
    return found


def make_printer(*, wants_json: bool = False, is_quiet: bool = False, has_colour: bool = True) -> Printer:
    """One on this process's streams, which never fail for a character that their encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    return Printer(sys.stdout, sys.stderr, wants_json=wants_json, is_quiet=is_quiet, has_colour=has_colour)
