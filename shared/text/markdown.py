"""Markdown made of what others wrote: a title or a timeline line stays the words that it is."""

from __future__ import annotations

import re

_MARKS = re.compile(
    r"[\\`*<]|(?<![^\W_])_|_(?![^\W_])|(?<=\])[(:]|^(?:>|#(?=#{0,5}(?:\s|$))|[+-](?=\s|$)|[-:|](?=[-:|\s]*$)|=(?=[=\s]*$)|\d{1,9}[.)](?=\s|$))|~(?=~)|&(?=#?\w+;)"
)


def plain(text: str) -> str:
    """The text on one line, with everything that Markdown or HTML would read as more than words escaped.

    What needs no escape has none: `[FIRING]` and `pool_size` read in the source as they were written.
    """
    return _MARKS.sub(_escape, " ".join(text.split()))


def _escape(found: re.Match[str]) -> str:
    mark = found.group()
    # a number that would begin a list is kept from it by its dot
    return f"{mark[:-1]}\\{mark[-1]}"


def paragraphs(text: str) -> str:
    """As `plain`, line by line: lines stay lines, and what stood apart by empty lines stays apart by one."""
    lines = [plain(line) for line in text.strip().splitlines()]
    return "\n".join(line for before, line in zip(["", *lines], lines, strict=False) if line or before)


def cell(text: str) -> str:
    """As `plain`, for a cell of a table."""
    return plain(text).replace("|", "\\|")


def bullet_list(items: list[str]) -> str:
    """A list of plain items."""
    return "\n".join(f"- {plain(item)}" for item in items)
