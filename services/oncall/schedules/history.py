"""The past of a schedule, as it grows: what is over is put away in volumes, so that none of it is ever forgotten.

A schedule keeps the plan that holds and the overrides that are not over. What is over stays beside them until there is
much of it; then it goes into a volume of its own, a document that is written before the schedule lets go of it and
never changed. Only what is over *and* stored goes there: a volume that was written for nothing repeats what the
schedule still has, and what is there twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.oncall.schedules.plan import EARLIEST, Override, Revision, Schedule
from shared.problem import conflict
from shared.stored import Stored

KEPT_REVISIONS = 50
KEPT_OVERRIDES = 200
KEPT_NAMES = 20_000
"""People and restrictions that the plans of a schedule name together: about how large its document is."""
OVERRIDE_LIMIT = 1000
"""Overrides to come that a schedule can have at once."""


class Volume(Stored):
    """Plans and overrides that were over when it was written, and the time [start, end) that they tell of."""

    start: datetime
    end: datetime
    revisions: tuple[Revision, ...] = ()
    overrides: tuple[Override, ...] = ()


def put_away(
    schedule: Schedule,
    now: datetime,
    *,
    kept_revisions: int = KEPT_REVISIONS,
    kept_overrides: int = KEPT_OVERRIDES,
) -> tuple[Schedule, Volume | None]:
    """The schedule without its past, and the volume that holds it; None while there is no more of it than is kept."""
    revisions, overrides = schedule.revisions, schedule.overrides
    many = len(revisions) > kept_revisions or sum(map(_names, revisions)) > KEPT_NAMES
    over = [one for one in overrides if one.end <= now]
    gone = revisions[:-1] if many else []
    old = over if many or len(overrides) > kept_overrides else []
    if not gone and not old:
        return schedule, None
    ends = revisions[len(gone)].since or now
    volume = Volume(
        start=min([*(one.start for one in old), *(one.since or EARLIEST for one in gone[:1])]),
        end=max([*(one.end for one in old), *([ends] if gone else [])]),
        revisions=tuple(gone),
        overrides=tuple(old),
    )
    known_from = max(volume.end, schedule.known_from or volume.end)
    put = {one.id for one in old}
    left = {"revisions": revisions[len(gone) :], "overrides": [one for one in overrides if one.id not in put]}
    return schedule.changed(**left, known_from=known_from), volume


def reunite(schedule: Schedule, volumes: Iterable[Volume]) -> Schedule:
    """The schedule with the past in these volumes; who was on call in a span needs every volume that touches it."""
    past = sorted(volumes, key=lambda volume: (volume.start, volume.end))
    revisions = {one.since: one for volume in past for one in volume.revisions}
    revisions |= {one.since: one for one in schedule.revisions}
    overrides = {one.id: one for volume in past for one in volume.overrides}
    overrides |= {one.id: one for one in schedule.overrides}
    return schedule.changed(
        revisions=sorted(revisions.values(), key=lambda one: one.since or EARLIEST),
        overrides=sorted(overrides.values(), key=lambda one: one.number),
    )


def require_room(overrides: Sequence[Override]) -> None:
    """Raise a 409 `Problem` when a schedule has no room for another override: it never forgets one instead."""
    if len(overrides) >= OVERRIDE_LIMIT:
        raise conflict("too_many_overrides", f"A schedule has at most {OVERRIDE_LIMIT} overrides to come at once.")


def _names(revision: Revision) -> int:
    return sum(len(layer.participants) + len(layer.restrictions) for layer in revision.layers)
