"""Who is on call: overrides first, then the layers of the highest priority; on equal priority everybody of them.

A lower event is split around what is taken from it. Shifts are cut at every handoff and never merged; intervals are
[start, end). `on_call` and `shifts` go through the same precedence, so they agree at every instant. Whoever is absent
leaves a gap: nobody else takes the place of somebody who was deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.oncall.schedules.overrides import Place, Source, apply_overrides
from services.oncall.schedules.plan import Layer, Revision, Schedule, Unit
from services.oncall.schedules.presence import ALL_PRESENT, Absences, is_absent, turning_points
from services.oncall.schedules.rotation import holder, turn_at, turns
from shared.clocks.weekly_hours import windows, within

_UNIT_HOURS = {Unit.HOUR: 1, Unit.DAY: 24, Unit.WEEK: 168, Unit.MONTH: 672}

MOST_SHIFTS = 10_000
"""More than so many in one question take too long to answer."""

OVERRIDE = "override"
"""The layer that the shifts of overrides name."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One person on call for [start, end), by a layer or by an override."""

    start: datetime
    end: datetime
    user_id: str
    layer: str
    override_id: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """The shifts of a span, by start, and its gaps: the times with nobody on call."""

    shifts: tuple[Shift, ...]
    gaps: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """One person on call at an instant, and by what: a layer of the plan, or an override."""

    user_id: str
    layer: str
    override_id: str | None = None


def on_call(schedule: Schedule, at: datetime, absences: Absences = ALL_PRESENT) -> frozenset[str]:
    """The ids of the people on call at this instant, for any instant within `plan.EARLIEST` and `plan.LATEST`."""
    return frozenset(str(place.user_id) for place in _places_at(schedule, at, absences))


def holders(schedule: Schedule, at: datetime, absences: Absences = ALL_PRESENT) -> list[Holder]:
    """Who is on call at this instant and by what, by person; `on_call` has the same people."""
    found = {
        Holder(str(place.user_id), _layer_name(schedule, place), place.override_id)
        for place in _places_at(schedule, at, absences)
    }
    return sorted(found, key=lambda one: (one.user_id, one.layer, one.override_id or ""))


def _places_at(schedule: Schedule, at: datetime, absences: Absences) -> list[Place]:
    number, revision = _revision_at(schedule, at)
    planned: list[tuple[int, Place]] = []
    for index, layer in enumerate(revision.in_turn):
        turn = turn_at(layer, revision.zone, at)
        user = None if turn is None else holder(layer, turn)
        if turn is not None and user is not None and within(layer.restrictions, revision.zone, at):
            planned.append((layer.priority, Place(user, (number, index, turn))))
    active = [override for override in schedule.overrides if override.start <= at < override.end]
    return _present(apply_overrides(_highest(planned), active), at, absences)


def shifts(schedule: Schedule, start: datetime, end: datetime, absences: Absences = ALL_PRESENT) -> Roster:
    """Who is on call when within [start, end), cut to it, and when nobody is."""
    found: dict[tuple[Source, str | None, str], Shift] = {}
    done: list[Shift] = []
    gaps: list[tuple[datetime, datetime]] = []
    for begins, ends, places in _stretches(schedule, start, end, absences):
        now: dict[tuple[Source, str | None, str], Shift] = {}
        for place in places:
            key = _identity(place)
            before = found.pop(key, None)
            shift = before or Shift(begins, ends, key[2], _layer_name(schedule, place), place.override_id)
            now[key] = Shift(shift.start, ends, shift.user_id, shift.layer, shift.override_id)
        done.extend(found.values())
        found = now
        if not places:
            adjoins = gaps and gaps[-1][1] == begins
            gaps.append((gaps.pop()[0] if adjoins else begins, ends))
    done.extend(found.values())
    return Roster(tuple(sorted(done, key=lambda shift: (shift.start, shift.layer, shift.user_id))), tuple(gaps))


def start_of_shifts(schedule: Schedule, at: datetime) -> datetime:
    """An instant, `at` or before it, since when every shift that is on at `at` has begun.

    `shifts` from here on has them with their true starts. The schedule's past back to here may be asked for too.
    """
    _, revision = _revision_at(schedule, at)
    moment = timedelta(microseconds=1)
    begun = [turn.start for layer in revision.layers for turn in turns(layer, revision.zone, at, at + moment)]
    replaced = [override.start for override in schedule.overrides if override.start <= at < override.end]
    return min([at, *begun, *replaced])


def extent(schedule: Schedule, start: datetime, end: datetime) -> int:
    """About how many shifts a span has: what asking for it costs."""
    found = 0.0
    for _, revision, begin, stop in _by_revision(schedule, start, end):
        hours = (stop - begin).total_seconds() / 3600
        for layer in revision.layers:
            rotation = layer.rotation
            found += hours / (_UNIT_HOURS[rotation.unit] * max(rotation.turn_length, rotation.every))
            found += hours / 168 * sum(len(restriction.days) for restriction in layer.restrictions)
    return round(found) + len(schedule.overrides)


def _revision_at(schedule: Schedule, at: datetime) -> tuple[int, Revision]:
    for number in range(len(schedule.revisions) - 1, 0, -1):
        since = schedule.revisions[number].since
        if since is not None and since <= at:
            return number, schedule.revisions[number]
    return 0, schedule.revisions[0]


def _highest(planned: Sequence[tuple[int, Place]]) -> list[Place]:
    top = max((priority for priority, _ in planned), default=0)
    return [place for priority, place in planned if priority == top]


def _present(places: list[Place], at: datetime, absences: Absences) -> list[Place]:
    return [place for place in places if not is_absent(place.user_id, at, absences)] if absences else places


def _identity(place: Place) -> tuple[Source, str | None, str]:
    """What makes neighbouring stretches one shift."""
    return place.source, place.override_id, str(place.user_id)


def _layer_name(schedule: Schedule, place: Place) -> str:
    if place.override_id is not None:
        return OVERRIDE
    revision, layer, _ = place.source
    return schedule.revisions[revision].layers[layer].name


@dataclass(slots=True)
class _Lane:
    """The planned pieces of one layer, in order and apart, and how far the sweep has come in them."""

    priority: int
    pieces: list[tuple[datetime, datetime, Place]]
    next: int = 0

    def place_at(self, at: datetime) -> Place | None:
        while self.next < len(self.pieces) and self.pieces[self.next][1] <= at:
            self.next += 1
        if self.next < len(self.pieces) and self.pieces[self.next][0] <= at:
            return self.pieces[self.next][2]
        return None


def _stretches(
    schedule: Schedule, start: datetime, end: datetime, absences: Absences
) -> Iterator[tuple[datetime, datetime, list[Place]]]:
    """The span cut wherever anything may change, with the places that hold in each part; they cover it wholly."""
    overrides = [override for override in schedule.overrides if override.start < end and start < override.end]
    for number, revision, begin, stop in _by_revision(schedule, start, end):
        lanes = [
            _Lane(
                layer.priority,
                [
                    (begins, ends, Place(user, (number, index, turn)))
                    for begins, ends, user, turn in _pieces(layer, revision.zone, begin, stop)
                ],
            )
            for index, layer in enumerate(revision.in_turn)
        ]
        cuts = {begin, stop}
        cuts.update(cut for lane in lanes for piece in lane.pieces for cut in piece[:2])
        cuts.update(cut for override in overrides for cut in (override.start, override.end) if begin < cut < stop)
        people = {piece[2].user_id for lane in lanes for piece in lane.pieces} | {one.user_id for one in overrides}
        cuts.update(cut for cut in turning_points(people, absences) if begin < cut < stop)
        for begins, ends in pairwise(sorted(cuts)):
            placed = [(lane.priority, place) for lane in lanes if (place := lane.place_at(begins)) is not None]
            active = [override for override in overrides if override.start <= begins < override.end]
            yield begins, ends, _once(_present(apply_overrides(_highest(placed), active), begins, absences))


def _by_revision(
    schedule: Schedule, start: datetime, end: datetime
) -> Iterator[tuple[int, Revision, datetime, datetime]]:
    for number, revision in enumerate(schedule.revisions):
        following = schedule.revisions[number + 1].since if number + 1 < len(schedule.revisions) else None
        begin = start if revision.since is None or number == 0 else max(start, revision.since)
        stop = end if following is None else min(end, following)
        if begin < stop:
            yield number, revision, begin, stop


def _pieces(
    layer: Layer, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, str, int]]:
    """Where a layer has somebody on call: from, to, who, and the number of the turn; in order and apart."""
    allowed = windows(layer.restrictions, zone, start, end)
    first = 0
    for turn in turns(layer, zone, start, end):
        while first < len(allowed) and allowed[first][1] <= turn.start:
            first += 1
        meeting = first
        while turn.user_id is not None and meeting < len(allowed) and allowed[meeting][0] < turn.end:
            begins, ends = allowed[meeting]
            yield max(begins, turn.start), min(ends, turn.end), turn.user_id, turn.number
            meeting += 1


def _once(places: list[Place]) -> list[Place]:
    """An override that took its span from several people is one place, not several."""
    if len(places) < 2 or all(place.override_id is None for place in places):
        return places
    unique = {(place.override_id, place.user_id): place for place in places if place.override_id is not None}
    return [place for place in places if place.override_id is None] + list(unique.values())
