"""Lists: `{"items": [...], "next_cursor": null}`, at most 200 a page, with an opaque cursor."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar, overload

from fastapi import Query
from pydantic import BaseModel

from shared.clocks.epoch import EPOCH, from_millis, to_millis
from shared.problem import Fault, Problem
from shared.text.base64url import to_base64url

Item = TypeVar("Item")
First = TypeVar("First")
Second = TypeVar("Second")

END = datetime(3000, 1, 1, tzinfo=UTC)
"""No item of a list is older or newer."""
_END_MILLIS = to_millis(END)
_END_MICROS = (END - EPOCH) // timedelta(microseconds=1)
MAX_LIMIT = 200
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before")]


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = None


def encode_cursor(*position: str | int | datetime) -> str:
    """An opaque cursor of the last item's sort position; of an instant it keeps the millisecond, as databases do."""
    members = [to_millis(one) if isinstance(one, datetime) else one for one in position]
    return to_base64url(json.dumps(members, separators=(",", ":")).encode())


@overload
def decode_cursor(cursor: str | None, first: type[First], /) -> First | None: ...


@overload
def decode_cursor(cursor: str | None, first: type[First], second: type[Second], /) -> tuple[First, Second] | None: ...


def decode_cursor(cursor: str | None, /, *types: type) -> Any:
    """The position in a cursor, of exactly these types: `str`, `int` or `datetime`; None without a cursor.

    Raises a 400 `Problem` for one that no list of ours made, and for an instant that none could have been of.
    """
    if not cursor:
        return None
    try:
        members = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
        if not isinstance(members, list):
            raise TypeError("no list")
        position = [_read(member, wanted) for member, wanted in zip(members, types, strict=True)]
    except (ValueError, binascii.Error, TypeError, RecursionError) as error:
        detail = "this cursor was not made by this list"
        raise Problem(400, "malformed", f"cursor: {detail}", errors=[Fault("/cursor", detail)]) from error
    return position[0] if len(types) == 1 else tuple(position)


def _read(member: Any, wanted: type) -> str | int | datetime:
    """A member of a cursor as a value that the database can compare with. Raises `ValueError` for any other."""
    if wanted is datetime:
        return _instant(member)
    if type(member) is not wanted:
        raise ValueError("another type")
    if isinstance(member, str) and _is_unicode(member):
        return member
    if isinstance(member, int) and -(2**63) <= member < 2**63:
        return member
    raise ValueError("no value of a database")


def _instant(member: Any) -> datetime:
    """From milliseconds. The version before wrote the timeline's as ISO 8601 and those of updates in microseconds.

    Raises `ValueError` for what is none, or not between 1970 and 3000.
    """
    if isinstance(member, str):
        moment = datetime.fromisoformat(member)
    elif type(member) is int and 0 <= member < _END_MICROS:
        moment = from_millis(member) if member < _END_MILLIS else EPOCH + timedelta(microseconds=member)
    else:
        raise ValueError("no instant")
    if moment.tzinfo is None or not EPOCH <= moment < END:
        raise ValueError("no instant of ours")
    return moment


def _is_unicode(text: str) -> bool:
    """False for half a surrogate pair, which JSON can write and UTF-8 can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
