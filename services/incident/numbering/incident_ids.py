"""Incident ids, `INC-YYYYMMDD-NNNN`: the day is the creation's in UTC, the number counts within it.

Numbers are taken from a counter a day, so ids are unique whoever makes them; gaps are allowed, and after 9999 come
five digits. An id's rank is a number that sorts ids as they were made: what lists are ordered and windowed by.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_ID = re.compile(r"INC-([0-9]{8})-([0-9]{4,7})")
PER_DAY = 10**7
"""Ranks that a day has room for."""


def day_of(at: datetime) -> str:
    """The UTC date of an instant, as `YYYYMMDD`."""
    return at.astimezone(UTC).strftime("%Y%m%d")


def incident_id(day: str, number: int) -> str:
    """The id of the `number`-th incident (from 1) of a day (`YYYYMMDD`)."""
    return f"INC-{day}-{number:04d}"


def day_in(id: str) -> str:
    """The day in an incident's id. Raises `ValueError` for a text that is no such id."""
    return f"{rank_of(id) // PER_DAY:08d}"


def rank_of(id: str) -> int:
    """The rank of an incident's id. Raises `ValueError` for a text that is no such id."""
    match = _ID.fullmatch(id)
    if match is None:
        raise ValueError(f"{id[:50]!r} is no incident id")
    return int(match.group(1)) * PER_DAY + int(match.group(2))


def written_number(id: str) -> str:
    """The number in an incident's id as it is written there, which may begin with zeros."""
    return id.rpartition("-")[2]


def number_of(id: str) -> int:
    """The number in an incident's id. Raises `ValueError` for a text that is no such id."""
    return rank_of(id) % PER_DAY
