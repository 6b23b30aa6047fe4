"""When one service was down: its failures, and what its status pages said instead. Pure; whole milliseconds.

A failure counts from its creation to its end. Where people said on a status page how customers were hit while it lasted
(an impact period of a component that the service is part of overlaps it), that replaces it: a major outage is down, a
partial one half, degraded performance up. A maintenance replaces no failure, but its own time is up. Of several words
at once the worst counts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from shared.events.communication import ImpactState

WHOLE, HALF, NOTHING = 2, 1, 0
"""Halves of downtime in each millisecond."""


_WEIGHTS = {ImpactState.MAJOR_OUTAGE: WHOLE, ImpactState.PARTIAL_OUTAGE: HALF}


@dataclass(frozen=True, slots=True)
class Failure:
    """An incident that is a failure, [start, end) in milliseconds since 1970; an open one ends now."""

    incident_id: str
    start: int
    end: int
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Impact:
    """An impact period, [start, end) in milliseconds since 1970; one that lasts ends now."""

    id: str
    start: int
    end: int
    state: ImpactState

    @property
    def weight(self) -> int:
        """Halves of downtime in each millisecond of it."""
        return _WEIGHTS.get(self.state, NOTHING)


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch of downtime, [start, end), with the halves of downtime in each of its milliseconds."""

    start: int
    end: int
    weight: int


class Downtime:
    """The downtime of one service, as disjoint outages in order; made once, asked of any stretch of time."""

    def __init__(self, outages: Iterable[Outage]) -> None:
        self.outages = tuple(outages)
        self._starts = [one.start for one in self.outages]
        self._ends = [one.end for one in self.outages]
        self._sums = [0, *accumulate((one.end - one.start) * one.weight for one in self.outages)]

    def within(self, start: int, end: int) -> int:
        """Milliseconds of downtime in [start, end); half a millisecond is cut off."""
        first, after = bisect_right(self._ends, start), bisect_left(self._starts, end)
        if first >= after or end <= start:
            return 0
        halves = self._sums[after] - self._sums[first]
        halves -= max(0, start - self._starts[first]) * self.outages[first].weight
        halves -= max(0, self._ends[after - 1] - end) * self.outages[after - 1].weight
        return halves // WHOLE

    def touching(self, start: int, end: int) -> Sequence[Outage]:
        """The outages that have a part in [start, end)."""
        return self.outages[bisect_right(self._ends, start) : bisect_left(self._starts, end)]


@dataclass(frozen=True, slots=True)
class Spender:
    """What spent a budget: an incident, or an impact period that no incident was there for."""

    incident_id: str | None
    impact_id: str | None
    start: int
    end: int
    spent_ms: int
    is_open: bool = False


def find_downtime(failures: Iterable[Failure], impacts: Iterable[Impact]) -> Downtime:
    """The downtime of a service with these failures and impact periods, whatever their order and however often."""
    told, maintenance = _split(impacts)
    lone = [one for one in set(failures) if not _overlaps(one, told)]
    spans = [(one.start, one.end, WHOLE) for one in lone]
    spans += [(one.start, one.end, one.weight) for one in told]
    up = [(one.start, one.end) for one in maintenance]
    return Downtime(_merge(spans, up, [(one.start, one.end) for one in told]))


def find_spenders(
    failures: Iterable[Failure], impacts: Iterable[Impact], downtime: Downtime, start: int, end: int
) -> list[Spender]:
    """What spent the budget in [start, end), longest first.

    Each incident has all of the downtime of its own time, or of the impact periods that replace it: what two share
    stands with both, so together they may have more than there was.
    """
    told, _ = _split(impacts)
    found, used = [], set[Impact]()
    for failure in set(failures):
        replacing = [one for one in told if one.start < failure.end and failure.start < one.end]
        used.update(replacing)
        spans = [(one.start, one.end) for one in replacing] or [(failure.start, failure.end)]
        spent = _spent(spans, downtime, start, end)
        found.append(Spender(failure.incident_id, None, failure.start, failure.end, spent, failure.is_open))
    for one in told:
        if one not in used:
            spent = _spent([(one.start, one.end)], downtime, start, end)
            found.append(Spender(None, one.id, one.start, one.end, spent))
    spenders = [one for one in found if one.spent_ms]
    return sorted(spenders, key=lambda one: (-one.spent_ms, one.start, one.incident_id or "", one.impact_id or ""))


def _split(impacts: Iterable[Impact]) -> tuple[list[Impact], list[Impact]]:
    """What tells of an impact, and maintenances; those of no length are left out."""
    lasting = sorted({one for one in impacts if one.start < one.end}, key=lambda one: (one.start, one.end, one.id))
    care = ImpactState.UNDER_MAINTENANCE
    return [one for one in lasting if one.state is not care], [one for one in lasting if one.state is care]


def _overlaps(failure: Failure, told: Sequence[Impact]) -> bool:
    return any(one.start < failure.end and failure.start < one.end for one in told)


def _spent(spans: Sequence[tuple[int, int]], downtime: Downtime, start: int, end: int) -> int:
    """Downtime within the union of these spans."""
    halves = 0
    reached = start
    for begun, over in sorted(spans):
        first, last = max(begun, reached), min(over, end)
        if first < last:
            halves += sum(
                (min(piece.end, last) - max(piece.start, first)) * piece.weight
                for piece in downtime.touching(first, last)
            )
            reached = last
    return halves // WHOLE


def _merge(
    spans: Sequence[tuple[int, int, int]], up: Sequence[tuple[int, int]], told: Sequence[tuple[int, int]]
) -> list[Outage]:
    """Disjoint outages of the largest weight at each time; nothing in `up`, but where something was `told`."""
    edges = sorted({edge for begin, end, *_ in (*spans, *up) if begin < end for edge in (begin, end)})
    marks = _Marks(spans, up, told)
    outages: list[Outage] = []
    for begin, end in pairwise(edges):
        weight = marks.weight_from(begin)
        if not weight:
            continue
        if outages and outages[-1].end == begin and outages[-1].weight == weight:
            outages[-1] = Outage(outages[-1].start, end, weight)
        else:
            outages.append(Outage(begin, end, weight))
    return outages


class _Marks:
    """How many spans of each weight go on at a time; asked for times that rise."""

    def __init__(
        self, spans: Sequence[tuple[int, int, int]], up: Sequence[tuple[int, int]], told: Sequence[tuple[int, int]]
    ) -> None:
        changes = [
            (at, kind, step) for begin, end, kind in spans if begin < end for at, step in ((begin, 1), (end, -1))
        ]
        for kind, those in ((_UP, up), (_TOLD, told)):
            changes += [(at, kind, step) for begin, end in those if begin < end for at, step in ((begin, 1), (end, -1))]
        self._changes = sorted(changes, reverse=True)
        self._open = dict.fromkeys((WHOLE, HALF, NOTHING, _UP, _TOLD), 0)

    def weight_from(self, at: int) -> int:
        while self._changes and self._changes[-1][0] <= at:
            _, kind, step = self._changes.pop()
            self._open[kind] += step
        if self._open[_UP] and not self._open[_TOLD]:
            return NOTHING
        return WHOLE if self._open[WHOLE] else HALF if self._open[HALF] else NOTHING


_UP, _TOLD = -1, -2
