"""The two clocks of an incident: response until its first acknowledgement, resolution until it is resolved.

Deadlines follow the priority and count from the record's start, so a change of priority recomputes them from the
same start. "At once" breaches after five minutes. Clocks run all day, every day, unless the service had support hours
when the incident opened: then they count only those, 80 % and "at once" too. A reopen starts a new record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.incident.catalogue.support_hours import SupportHours, add_support_time
from shared.events import Fact
from shared.events.command import ClockState
from shared.events.incidents import SlaTimes
from shared.vocabulary import Priority


class SlaRecord(Fact):
    """What the clocks are read from; the times are UTC."""

    started_at: datetime
    support_hours: SupportHours | None = None
    """Those of the service when the incident opened; None: the clocks run all day, every day."""
    responded_at: datetime | None = None
    resolved_at: datetime | None = None
    response_told: ClockState = ClockState.ON_TRACK
    """The state of the clock that was told last."""
    resolution_told: ClockState = ClockState.ON_TRACK


@dataclass(frozen=True, slots=True)
class Targets:
    """How long each clock may run."""

    response: timedelta
    resolution: timedelta


TARGETS: Mapping[Priority, Targets] = {
    Priority.CRITICAL: Targets(timedelta(minutes=5), timedelta(hours=4)),
    Priority.HIGH: Targets(timedelta(minutes=30), timedelta(hours=24)),
    Priority.MEDIUM: Targets(timedelta(hours=4), timedelta(days=3)),
    Priority.LOW: Targets(timedelta(hours=24), timedelta(days=7)),
}

AT_RISK_SHARE = 0.8

_PAST = timedelta(milliseconds=2)
"""A clock is breached when its deadline is past, and the database keeps whole milliseconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock, read at an instant."""

    due_at: datetime
    state: ClockState


def read_clock(record: SlaRecord, allowed: timedelta, done_at: datetime | None, now: datetime) -> Reading:
    """How the clock that began with the record and stopped at `done_at` (None: still runs) stands at `now`.

    Done exactly at the deadline is met; running at the deadline is not yet breached; at risk begins at 80 %.
    """
    due_at = _after(record, allowed)
    if done_at is not None:
        return Reading(due_at, ClockState.MET if done_at <= due_at else ClockState.BREACHED)
    if now > due_at:
        return Reading(due_at, ClockState.BREACHED)
    if now >= _after(record, allowed * AT_RISK_SHARE):
        return Reading(due_at, ClockState.AT_RISK)
    return Reading(due_at, ClockState.ON_TRACK)


def read_response(record: SlaRecord, priority: Priority, now: datetime) -> Reading:
    """The response clock. An incident that was resolved without being acknowledged stops it by that."""
    return read_clock(record, TARGETS[priority].response, record.responded_at or record.resolved_at, now)


def read_resolution(record: SlaRecord, priority: Priority, now: datetime) -> Reading:
    """The resolution clock."""
    return read_clock(record, TARGETS[priority].resolution, record.resolved_at, now)


def list_times(records: Iterable[SlaRecord], priority: Priority) -> list[SlaTimes]:
    """These records as events tell them: when each clock was due, by this priority, and when it stopped."""
    targets = TARGETS[priority]
    return [
        SlaTimes(
            response_due_at=_after(one, targets.response),
            responded_at=one.responded_at,
            resolution_due_at=_after(one, targets.resolution),
            resolved_at=one.resolved_at,
        )
        for one in records
    ]


def next_turn(record: SlaRecord, priority: Priority) -> datetime | None:
    """When a clock that runs turns next by time alone; None: none does."""
    targets = TARGETS[priority]
    if record.resolved_at is not None:
        return None
    found = [_turns_at(record, targets.resolution, record.resolution_told)]
    if record.responded_at is None:
        found.append(_turns_at(record, targets.response, record.response_told))
    return min((at for at in found if at is not None), default=None)


def _turns_at(record: SlaRecord, allowed: timedelta, told: ClockState) -> datetime | None:
    if told is ClockState.BREACHED:
        return None
    if told is ClockState.AT_RISK:
        return _after(record, allowed) + _PAST
    return _after(record, allowed * AT_RISK_SHARE)


def _after(record: SlaRecord, counted: timedelta) -> datetime:
    return add_support_time(record.started_at, counted, record.support_hours)
