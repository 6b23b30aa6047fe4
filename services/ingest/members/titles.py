"""The likeliest title of a body that has none of its own, and what it says of where and how things are.

In the order of policy: a member with a name that tools of the field call an alert by (`names.TITLES`), at the top, then
further in; a short text whose name ends as those do; the first short text that is no time, id or address, at the top,
then further in. A name counts before a place, and a word of status, a secret and a number are no titles.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from services.ingest.members.names import LONGEST, STATUSES, TITLES, Kind, is_id, kind_of, plain_name
from services.ingest.members.values import (
    is_address,
    is_amount,
    is_random_id,
    is_status_word,
    says_something,
    steady_text,
)

SHORT = 256
"""A longer text is no title by its form alone."""
MOST_MEMBERS = 500
"""Members that are looked at for a title."""
DEEPEST = 5
_RANK = {name: rank for rank, name in enumerate(TITLES)}
_Member = tuple[str, str, Any]
"""Where it is, its name and its value."""
_NO_TITLE = frozenset((Kind.SECRET, Kind.TIME, Kind.DELIVERY, Kind.STATE, Kind.MEASURE))


class Found(NamedTuple):
    """A text that may be the title."""

    text: str
    path: str
    """The names of the members that it is in, the outermost first, with `/` between them."""


def find_named_title(body: Mapping[str, Any]) -> Found | None:
    """The text at the top whose name tools of the field call an alert by."""
    return _best_named(("", name, value) for name, value in islice(body.items(), MOST_MEMBERS))


def title_within(body: Mapping[str, Any]) -> Found | None:
    """The same further in, of the shallowest object that has one."""
    return next(filter(None, (_best_named(members) for members in _objects(body))), None)


def likely_title(body: Mapping[str, Any]) -> Found | None:
    """A short text that may be a title by its name's last word, else by its form."""
    for members in _objects(body):
        texts = [(kind_of(name), Found(value, path + name)) for path, name, value in members if _is_short(name, value)]
        for kinds in ((Kind.NAME,), (Kind.TEXT,), (Kind.OTHER, Kind.LASTING), (Kind.PLACE,)):
            found = next((found for kind, found in texts if kind in kinds), None)
            if found is not None:
                return found
    return None


def places_in(body: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(member, label, value) of each text at the top that says where it happens."""
    for name, value in islice(body.items(), MOST_MEMBERS):
        if isinstance(value, str) and kind_of(name) is Kind.PLACE and 0 < len(value) <= SHORT:
            text = value.strip()
            if text and not is_status_word(text):
                yield name, plain_name(name), text


def statuses_in(body: Mapping[str, Any]) -> list[str]:
    """The words by which a body says at its top whether its alert fires or is over, whatever it calls them."""
    return [
        value
        for name, value in islice(body.items(), MOST_MEMBERS)
        if isinstance(value, str) and plain_name(name) in STATUSES and is_status_word(value)
    ]


def _best_named(members: Iterable[_Member]) -> Found | None:
    best, found = len(_RANK), None
    for path, name, value in members:
        rank = _RANK.get(plain_name(name), best)
        if rank < best and isinstance(value, str) and value.strip() and _may_be_title(value):
            best, found = rank, Found(value, path + name)
    return found


def _may_be_title(value: str) -> bool:
    if value.startswith("{"):
        return False
    return len(value) > SHORT or not (
        is_status_word(value) or is_address(value) or is_random_id(value) or not says_something(value)
    )


def _is_short(name: str, value: Any) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= SHORT
        and kind_of(name) not in _NO_TITLE
        and not is_id(name)
        and _may_be_title(value)
        and not is_amount(value)
        and says_something(steady_text(value))
    )


def _objects(body: Mapping[str, Any]) -> Iterator[list[_Member]]:
    """The members of the body, then of each object in it, the shallowest first."""
    waiting: deque[tuple[str, int, Any]] = deque([("", 0, body)])
    left = MOST_MEMBERS
    while waiting and left > 0:
        path, depth, value = waiting.popleft()
        inner = list(islice(value.items() if isinstance(value, Mapping) else (("", item) for item in value), left))
        left -= len(inner)
        if isinstance(value, Mapping):
            yield [(path, name, below) for name, below in inner]
        waiting.extend(
            (f"{path}{name[:LONGEST]}/" if name else path, depth + 1, below)
            for name, below in inner
            if isinstance(below, Mapping | list) and depth < DEEPEST and kind_of(name) is not Kind.SECRET
        )
