"""Whether a row can be a fact, and if not, why: read into its shape, and held against itself and the time it is.

Nothing is mended without a word. What is refused is refused alone, and said with the place in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from services.incident.history.body_reader import Place
from services.incident.history.row import HistoryRow, PostmortemRecord, ReachedRow
from services.incident.numbering.incident_ids import day_in, day_of, number_of
from shared.vocabulary import IncidentStatus

AHEAD = timedelta(minutes=5)
"""So far another clock may be ahead of ours."""
MOST_SAID = 5
"""Faults, or notes of one kind, that are told of one row."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A row that can be read, or the reason why it can't; `id` is what it calls itself."""

    place: int
    id: str | None
    row: HistoryRow | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()


def judge(place: Place, now: datetime) -> Judged:
    """The row at a place of a body."""
    value = place.value
    if place.fault or not isinstance(value, dict):
        return Judged(place.place, None, reason=place.fault or "a row must be an object")
    named = value.get("id")
    own = named[:100] if isinstance(named, str) else None
    if fault := _fault_of_text(value):
        own = own.encode(errors="replace").decode() if own is not None else None
        return Judged(place.place, own, reason=fault)
    notes: set[str] = set()
    try:
        row = HistoryRow.model_validate(_without_nulls(value), context=notes)
    except ValidationError as error:
        return Judged(place.place, own, reason=_say(error))
    reason = next(_contradictions(row, now), "")
    if reason:
        return Judged(place.place, own, reason=reason)
    return Judged(place.place, own, row, notes=(*sorted(notes), *_notes(row, value)))


def status_of(row: HistoryRow) -> IncidentStatus:
    """The row's status, or what its times make it."""
    if row.status is not None:
        return row.status
    if row.resolved_at is not None:
        return IncidentStatus.RESOLVED
    return IncidentStatus.ACKNOWLEDGED if row.acknowledged_at is not None else IncidentStatus.TRIGGERED


_MAY_BE_NULL = {name for name, field in HistoryRow.model_fields.items() if field.default is None}


def _without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    """Null is as good as left out, where nothing else can be said by it."""
    return {name: one for name, one in value.items() if one is not None or name in _MAY_BE_NULL}


def _fault_of_text(value: Mapping[str, Any]) -> str:
    try:
        orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError) as error:
        if "UTF-8" in str(error) or "surrogate" in str(error):
            return "it has text that is not UTF-8"
        return f"it can't be kept: {str(error)[:100]}"
    except RecursionError:
        return "it is nested too deep"
    return ""


def _say(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    said = [
        f"{'.'.join(str(part)[:60] for part in fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in faults[:MOST_SAID]
    ]
    more = len(faults) - MOST_SAID
    return "; ".join(said) + (f"; and {more} more" if more > 0 else "")


def _contradictions(row: HistoryRow, now: datetime) -> Iterator[str]:
    """Why the row can't be true."""
    yield from _of_id(row, now)
    yield from _of_times(row, now)
    if row.resolved_at is not None and status_of(row).is_open:
        yield f"resolved_at: it is {status_of(row).value}, so it is not over"
    ids = [action.id for action in row.actions if action.id is not None]
    if len(set(ids)) < len(ids):
        yield "actions: two have the same id"
    for name in ("upstream", "downstream"):
        if fault := _fault_of_paths(getattr(row.blast_radius, name)):
            yield f"blast_radius.{name}: {fault}"


def _of_times(row: HistoryRow, now: datetime) -> Iterator[str]:
    for name, at in _times(row):
        if at > now + AHEAD:
            yield f"{name}: in the future"
        if name.partition(".")[0] in _SINCE_CREATED and at < row.created_at:
            yield f"{name}: before created_at"
    if row.started_at is not None and row.started_at > row.created_at:
        yield "started_at: after created_at"
    if row.acknowledged_at and row.resolved_at and row.acknowledged_at > row.resolved_at:
        yield "resolved_at: before acknowledged_at"
    for number, role in enumerate(row.roles):
        if role.ended_at is not None and role.ended_at < (role.since or row.created_at):
            yield f"roles.{number}.ended_at: before it began"


def _of_id(row: HistoryRow, now: datetime) -> Iterator[str]:
    if row.id is None:
        return
    day = day_in(row.id)
    try:
        datetime.strptime(day, "%Y%m%d")  # noqa: DTZ007 - a day, no instant
    except ValueError:
        yield f"id: there is no day {day}"
        return
    if day > day_of(now + timedelta(days=1)):
        yield f"id: the day {day} is in the future"
    if number_of(row.id) == 0:
        yield "id: numbers begin with 1"
    if row.merged_into == row.id:
        yield "merged_into: it can't be merged into itself"


def _times(row: HistoryRow) -> Iterator[tuple[str, datetime]]:
    """Every time in the row, with its name."""
    named = {
        **{name: getattr(row, name) for name in _TOP_TIMES},
        **{f"status_times.{status.value}": at for status, at in row.status_times.items()},
        **{f"timeline.{number}.at": one.at for number, one in enumerate(row.timeline)},
        **{f"roles.{number}.since": one.since for number, one in enumerate(row.roles)},
        **{f"roles.{number}.ended_at": one.ended_at for number, one in enumerate(row.roles)},
    }
    for number, action in enumerate(row.actions):
        named |= {f"actions.{number}.{name}": getattr(action, name) for name in _ACTION_TIMES}
    if row.postmortem is not None:
        named |= {f"postmortem.{name}": getattr(row.postmortem, name) for name in _POSTMORTEM_TIMES}
    yield from ((name, at) for name, at in named.items() if at is not None)


_SINCE_CREATED = frozenset({"acknowledged_at", "resolved_at", "status_times", "reopened_at"})
_TOP_TIMES = ("created_at", "started_at", "acknowledged_at", "resolved_at", "reopened_at")
_ACTION_TIMES = ("created_at", "updated_at", "closed_at")
_POSTMORTEM_TIMES = ("created_at", "updated_at", "published_at")


def _fault_of_paths(reached: list[ReachedRow]) -> str:
    """Services come the nearest first, each by the path of the one before it."""
    paths: dict[str, list[str]] = {}
    for one in reached:
        before = one.path[-2]
        if one.path[-1] != one.service_id or one.distance != len(one.path) - 1:
            return f"the path to {one.service_id[:50]!r} is another's"
        if one.service_id in paths:
            return f"{one.service_id[:50]!r} is there twice"
        if one.distance > 1 and paths.get(before) != one.path[:-1]:
            return f"the path to {one.service_id[:50]!r} goes by what is not there"
        paths[one.service_id] = one.path
    return ""


_KNOWN: Mapping[type[BaseModel], frozenset[str]] = {
    # what an incident or a post-mortem also shows, and is no fact, is passed over without a word
    HistoryRow: frozenset(HistoryRow.model_fields)
    | {
        "imported",
        "later_changes",
        "paging",
        "priority_unusual",
        "sla",
        "snoozed_until",
        "suspected_changes",
        "version",
    },
    PostmortemRecord: frozenset(PostmortemRecord.model_fields) | {"id", "incident_id", "version", "figures"},
}


def _notes(row: HistoryRow, value: Mapping[str, Any]) -> Iterator[str]:
    unknown = [name for name in value if name not in _KNOWN[HistoryRow]]
    postmortem = value.get("postmortem")
    if isinstance(postmortem, dict):
        unknown += [f"postmortem.{name}" for name in postmortem if name not in _KNOWN[PostmortemRecord]]
    for name in unknown[:MOST_SAID]:
        yield f"the unknown field {name[:60]!r} was left out"
    if len(unknown) > MOST_SAID:
        yield f"{len(unknown) - MOST_SAID} more unknown fields were left out"
    if not status_of(row).is_open and row.resolved_at is None:
        yield "it is over, and nobody says since when"
