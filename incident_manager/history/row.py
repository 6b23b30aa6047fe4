"""A row of a file with the line it stands in, or why it can't be read; and which of the equal ones it is. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_ROW = 8 * 1024 * 1024
"""In characters; the gateway takes 10 MB a call."""


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is that of the file, from 1; a CSV's header is 1. `at` is how many bytes of the file were read."""

    line: int
    value: dict[str, Any] | None = None
    fault: str = ""
    at: int = 0


def refuse_constant(word: str) -> Any:
    """For NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{word} is no JSON")


DECODER = json.JSONDecoder(strict=False, parse_constant=refuse_constant)


def row_of(value: Any, line: int, at: int) -> Row:
    """A value that was read as a row."""
    if not isinstance(value, dict):
        return Row(line, fault="a row must be an object", at=at)
    if _has_half_characters(value):
        return Row(line, fault="it has bytes that are no text in this encoding", at=at)
    return Row(line, value, at=at)


def fault_of(error: Exception) -> str:
    """Why a value can't be read, in one line."""
    return "it is nested too deep" if isinstance(error, RecursionError) else " ".join(str(error).split())[:200]


def _has_half_characters(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return True
    return False


class Occurrences:
    """Counts rows that say the same, so that two equal ones of a file stay two, however often it is sent."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def number(self, value: Mapping[str, Any]) -> int:
        """Which of the equal ones this is, from 1."""
        text = json.dumps(value, ensure_ascii=True, sort_keys=True, default=str)
        key = hashlib.blake2b(text.encode(), digest_size=16).digest()
        self._seen[key] = self._seen.get(key, 0) + 1
        return self._seen[key]
