"""Whom a critical alert of each service would wake first, at every hour of a span, as the engine would find it.

The engine's own questions are asked (`policy.choose`, `shifts`, `Directory.resolve`, `policy.fallbacks`), once for each
part of the span in which nothing changes; services that follow one policy share what is found. In a hole nobody is on
call at any step of a service's own policy: what would take over then is told, and it is a hole all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.directory.policy import Assignment, Choice, Snapshot, Target, TargetType, choose, fallbacks
from services.oncall.directory.snapshot import Directory, people_of
from services.oncall.schedules.shifts import Shift, extent, shifts
from services.oncall.schedules.spans import Span, merge_spans

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Woken:
    """Who is told first: by which step of which policy."""

    users: tuple[str, ...]
    """None: nobody at all."""
    step: int | None = None
    in_turn: bool = False
    """One of the users, whose turn it is."""
    took_over: Choice | None = None
    """The service's own policy tells nobody: what takes over."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of an hour, mostly all of it, and who is told first in it."""

    start: datetime
    end: datetime
    woken: Woken


@dataclass(frozen=True, slots=True)
class ServiceCoverage:
    """A row of the grid."""

    service: CatalogueService
    policy_id: str | None
    choice: Choice
    cells: Sequence[Cell]
    holes: Sequence[Span]


@dataclass
class Grid:
    """The grid from `start` to `end`; each schedule and each policy is looked through once."""

    directory: Directory
    start: datetime
    end: datetime
    _rosters: dict[str, Sequence[Shift]] = field(default_factory=dict)
    _rows: dict[tuple[str | None, Choice], tuple[Sequence[Cell], Sequence[Span]]] = field(default_factory=dict)

    def row(self, service: CatalogueService) -> ServiceCoverage:
        """The row of this service."""
        directory = self.directory
        copied, choice = choose(service.policy_id, service.id, directory.default_policy, directory.policies)
        key = (copied.id if copied is not None else None, choice)
        if key not in self._rows:
            self._rows[key] = self._fill(copied, choice)
        cells, holes = self._rows[key]
        return ServiceCoverage(service, key[0], choice, cells, holes)

    def _fill(self, copied: Snapshot | None, choice: Choice) -> tuple[Sequence[Cell], Sequence[Span]]:
        policies = [copied, *(snapshot for snapshot, _ in self._fallbacks(copied, choice))]
        cuts = {self.start, self.end}.union(*(self._changes(policy) for policy in policies if policy is not None))
        cells: list[Cell] = []
        holes: list[Span] = []
        for start, end in pairwise(sorted(cuts)):
            woken = self._first(copied, choice, start)
            cells += (Cell(begins, ends, woken) for begins, ends in _hours(start, end))
            if woken.took_over is not None or not woken.users:
                holes.append((start, end))
        return list(_joined(cells)), merge_spans(holes)

    def _first(self, copied: Snapshot | None, choice: Choice, at: datetime) -> Woken:
        own = self._first_of(copied, at) if copied is not None else None
        if own is not None:
            return own
        for snapshot, took_over in self._fallbacks(copied, choice):
            found = self._first_of(snapshot, at)
            if found is not None:
                return Woken(found.users, found.step, found.in_turn, took_over)
        return Woken(())

    def _fallbacks(self, copied: Snapshot | None, choice: Choice) -> list[tuple[Snapshot, Choice]]:
        return fallbacks(copied, choice, self.directory.default_policy, self.directory.policies)

    def _first_of(self, policy: Snapshot, at: datetime) -> Woken | None:
        """The first step with anybody; None: every step would be skipped."""
        for number, step in enumerate(policy.steps, start=1):
            users = dict.fromkeys(user for target in step.targets for user in self._meant(target, at))
            if users:
                return Woken(tuple(users), number, step.assignment is Assignment.ROUND_ROBIN)
        return None

    def _meant(self, target: Target, at: datetime) -> Iterable[str]:
        """Whom a target means, as `Directory.resolve` says it; of a schedule by its shifts, which are known already."""
        if target.type is not TargetType.SCHEDULE:
            return people_of(self.directory.resolve((target,), at))
        return sorted(one.user_id for one in self._roster(target.id) if one.start <= at < one.end)

    def _changes(self, policy: Snapshot) -> set[datetime]:
        """When whom its schedules mean may change."""
        named = {one.id for step in policy.steps for one in step.targets if one.type is TargetType.SCHEDULE}
        return {at for key in named for shift in self._roster(key) for at in (shift.start, shift.end)}

    def _roster(self, schedule_id: str) -> Sequence[Shift]:
        """The shifts of people who are known."""
        if schedule_id not in self._rosters:
            schedule = self.directory.schedules.get(schedule_id)
            roster = shifts(schedule, self.start, self.end, self.directory.absences).shifts if schedule else ()
            self._rosters[schedule_id] = [one for one in roster if one.user_id in self.directory.users]
        return self._rosters[schedule_id]


def make_grid(
    directory: Directory, services: Iterable[CatalogueService], start: datetime, end: datetime
) -> list[ServiceCoverage]:
    """The rows of these services, in their order."""
    grid = Grid(directory, start, end)
    return [grid.row(one) for one in services]


def most_shifts(directory: Directory, services: Iterable[CatalogueService], start: datetime, end: datetime) -> int:
    """About how many shifts the schedules of these services have in the span together: what the grid costs."""
    named: set[str] = set()
    for one in services:
        copied, _ = choose(one.policy_id, one.id, directory.default_policy, directory.policies)
        steps = copied.steps if copied is not None else ()
        named |= {target.id for step in steps for target in step.targets if target.type is TargetType.SCHEDULE}
    return sum(extent(directory.schedules[key], start, end) for key in named & directory.schedules.keys())


def _hours(start: datetime, end: datetime) -> Iterator[Span]:
    """The span cut at full hours."""
    while start < end:
        full = start.replace(minute=0, second=0, microsecond=0) + HOUR
        yield start, min(full, end)
        start = full


def _joined(cells: Iterable[Cell]) -> Iterator[Cell]:
    """The cells, those of one hour that wake the same people as one."""
    before: Cell | None = None
    for cell in cells:
        if before is not None and before.woken == cell.woken and before.start.hour == cell.start.hour:
            before = Cell(before.start, cell.end, cell.woken)
            continue
        if before is not None:
            yield before
        before = cell
    if before is not None:
        yield before
