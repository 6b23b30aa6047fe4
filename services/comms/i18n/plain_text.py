"""Somebody's text as one safe line of ours, and shortened. Pure."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def shorten(text: str, room: int) -> str:
    """At most `room` characters of the text; what was cut off is marked."""
    return text if len(text) <= room else text[: room - 1] + "…"


def one_line(text: str) -> str:
    """The text without line breaks or control characters, so that it can't end a header; its own blanks stay."""
    return _UNPRINTABLE.sub(" ", text).strip()
