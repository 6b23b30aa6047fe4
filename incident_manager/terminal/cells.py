"""A sender's text as one cell of a terminal: nothing in it moves the cursor or turns the line around. Pure.

Text that runs from right to left is put between isolates (FSI, PDI), so a terminal that orders it leaves the columns
beside it where they are. Source: https://www.unicode.org/reports/tr9/.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from rich.cells import cell_len

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_ENDS = frozenset("\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029")
UNPRINTABLE = "\ufffd"


def clean(text: str) -> str:
    """The text on one line, without what a terminal would obey."""
    return "".join(_clean(one) for one in text).strip()


def _clean(character: str) -> str:
    if character in _LINE_ENDS:
        return " "
    if character in _BIDI_CONTROLS:
        return ""
    return UNPRINTABLE if unicodedata.category(character) in ("Cc", "Cs") else character


def is_right_to_left(text: str) -> bool:
    """True when some of it runs from right to left."""
    return any(unicodedata.bidirectional(one) in ("R", "AL") for one in text)


def cell(value: object, *, isolate: bool) -> str:
    """A value as a cell; with `isolate` for a terminal that orders right-to-left text."""
    text = "" if value is None else clean(str(value))
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}" if isolate and is_right_to_left(text) else text


def pad(text: str, width: int) -> str:
    """The text with blanks to fill so many columns of a terminal."""
    return text + " " * max(0, width - cell_len(text))


def shorten(text: str, width: int) -> str:
    """The text in at most so many columns; what is left out is an ellipsis."""
    if cell_len(text) <= width:
        return text
    ends = text.endswith(POP_ISOLATE)
    room, kept = width - 1, ""
    for one in text:
        if cell_len(kept + one) > room:
            break
        kept += one
    return kept + "…" + (POP_ISOLATE if ends else "")


def local_time(text: object, *, seconds: bool = False) -> str:
    """A time of the contract in the clock of this machine; what is none stays as it is."""
    moment = moment_of(text)
    if moment is None:
        return "" if text is None else str(text)
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def moment_of(text: object) -> datetime | None:
    """A time of the contract; None for what is none. Without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(str(text))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def duration(seconds: float | None) -> str:
    """A length of time as `2d 3h`, `1h 5m`, `12m`, `40s`: its two largest units; a dash for none."""
    if seconds is None:
        return "–"
    left = round(abs(seconds))
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        count, left = divmod(left, size)
        if count or (parts and len(parts) < 2):
            parts.append(f"{count}{unit}")
        if len(parts) == 2:
            break
    found = [one for one in parts if not one.startswith("0")] or ["0s"]
    return ("-" if seconds < 0 else "") + " ".join(found)
