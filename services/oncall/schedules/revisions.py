"""Edits of a schedule. The past is history: a changed plan holds from the moment of its edit on, never before.

An override says what happens in its own span and holds there as it was made. Taking it back ends it now if it has
begun, and removes it if it has not.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from services.oncall.schedules.continued_turns import turns_ahead
from services.oncall.schedules.history import require_room
from services.oncall.schedules.plan import Override, OverrideRequest, Plan, Revision, Schedule, TimeSpan
from shared.problem import conflict, invalid, not_found


def make_schedule(name: str, team: str | None, plan: Plan) -> Schedule:
    """A new schedule: its plan holds for any time, also before it was made."""
    return Schedule(name=name, team=team, revisions=[Revision(time_zone=plan.time_zone, layers=plan.layers)])


def replan(schedule: Schedule, name: str, team: str | None, plan: Plan, now: datetime) -> Schedule:
    """The schedule with this name, team and plan from `now` on; whoever has a turn then keeps it if they stay."""
    revisions = schedule.revisions
    if (plan.time_zone, plan.layers) != (schedule.plan.time_zone, schedule.plan.layers):
        since = max(now, schedule.plan.since or now)  # the clock of who edited last may be a little ahead
        ahead = turns_ahead(schedule.plan, plan.layers, since)
        revised = Revision(since=since, time_zone=plan.time_zone, layers=plan.layers, turns_ahead=ahead)
        revisions = [*revisions, revised]
    return schedule.changed(name=name, team=team, revisions=revisions)


def with_override(schedule: Schedule, id_: str, wanted: OverrideRequest) -> Schedule:
    """The schedule with one more override, made last of all. Raises a 409 `Problem` when there is no room for it."""
    require_room(schedule.overrides)
    number = schedule.overrides_made + 1
    override = Override(id=id_, number=number, **wanted.model_dump())
    return schedule.changed(overrides=[*schedule.overrides, override], overrides_made=number)


Span = TypeVar("Span", bound=TimeSpan)


def from_now_on(wanted: Span, now: datetime) -> Span:
    """The part of a span that is still to come: what has been stays as it was.

    Raises a 422 `Problem` for a span that is over.
    """
    if wanted.end <= now:
        raise invalid("/end", "in the past: who was on call then can't be changed any more")
    return wanted if wanted.start >= now else wanted.changed(start=now)


def require_to_come(schedule: Schedule, override_id: str, now: datetime) -> None:
    """Raise a `Problem` unless this override has something left to take back: 404, 409 for one that is over."""
    known = next((one for one in schedule.overrides if one.id == override_id), None)
    if known is None:
        raise not_found("override", override_id)
    if known.end <= now:
        raise conflict("override_is_over", "This override is over; what has been can't be taken back.")


def without_override(schedule: Schedule, id_: str, now: datetime) -> Schedule:
    """The schedule with this override taken back."""
    kept = [
        one.changed(end=min(one.end, now)) if one.id == id_ else one
        for one in schedule.overrides
        if one.id != id_ or one.start < now
    ]
    return schedule.changed(overrides=kept)
