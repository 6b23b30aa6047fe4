"""Lists: `{"items": [...], "next_cursor": null}`, at most 200 a page, with an opaque cursor."""

from __future__ import annotations

import base64
import binascii
import json
import math
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from shared.clocks.epoch import from_millis, to_millis
from shared.problem import Fault, Problem

Item = TypeVar("Item")

MAX_LIMIT = 200
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before")]


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = None


def encode_cursor(*position: Any) -> str:
    """An opaque cursor of the last item's sort position (texts, numbers, booleans)."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, types: tuple[type, ...]) -> tuple[Any, ...]:
    """The position in a cursor, of exactly these types. Raises a 400 `Problem` for one that we did not make."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
        if len(position) == len(types) and all(_sound(p, t) for p, t in zip(position, types, strict=True)):
            return tuple(position)
    except (ValueError, binascii.Error, TypeError, RecursionError):
        pass
    raise _foreign()


def encode_time_cursor(at: datetime, id: str) -> str:
    """The cursor of a list that is in the order of a time, whole milliseconds of it, and of an id."""
    return encode_cursor(to_millis(at), id)


def decode_time_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """Time and id of the last item that was shown; None without a cursor. Raises a 400 `Problem` as `decode_cursor`."""
    if not cursor:
        return None
    millis, last_id = decode_cursor(cursor, (int, str))
    try:
        return from_millis(millis), last_id
    except OverflowError as error:
        raise _foreign() from error


def _foreign() -> Problem:
    detail = "this cursor was not made by this list"
    return Problem(400, "malformed", f"cursor: {detail}", errors=[Fault("/cursor", detail)])


def _sound(value: Any, wanted: type) -> bool:
    """True for a value of exactly this type that the database can compare with."""
    if type(value) is not wanted:
        return False
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, str) or _is_unicode(value)


def _is_unicode(text: str) -> bool:
    """False for half a surrogate pair, which JSON can write and UTF-8 can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
