"""When a person resolves an incident, its alerts that still fire are resolved with it, those of what was merged into
it too.

The resolve is a message like any other, stamped with the moment of the person's decision: an alert that began after
it stays open. It names no start, so the start that fires is over: the sender's repeats of it are quiet for as long as
its service wants, and open another alert when they still come after that; a new start does at once. An incident that
ended by itself has no alert left to end. One that was closed by being merged lives on where it went, and ends with
that: the facts of both may come in any order, so each end is looked for from both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.ingest.catalogue_copy.routing import fold_service
from shared.clocks.epoch import from_millis, to_millis
from shared.events.incidents import IncidentFact
from shared.vocabulary import UNROUTED, IncidentStatus

AUTO = "auto"
"""Who resolved an incident that ended by itself, as the incident service names it."""
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class IncidentState:
    """What is known of an incident."""

    id: str
    group_id: str
    """Empty for one that no alert opened."""
    service: str
    """Folded."""
    open: bool
    created_at: datetime
    merged_into: str | None = None
    merged_at: datetime | None = None
    ended_at: datetime | None = None
    """When it was over; None: it is open."""
    resolved_at: datetime | None = None
    """When a person ended it; None: it is open, ended by itself or by being merged, or nobody knows."""
    reopened_at: datetime | None = None
    """When a person reopened it the last time."""
    last_joined: str | None = None
    """The latest stamp with which an alert joined it; None: none did, or nobody knows."""

    @property
    def is_open_again(self) -> bool:
        """It was reopened, and is not over."""
        return self.open and self.reopened_at is not None


@dataclass(frozen=True, slots=True)
class Ending:
    """A person ended `incident_id` at `at`, and with it the alerts of `part`."""

    incident_id: str
    at: datetime
    part: IncidentState
    """The incident itself, or one that went into it."""
    upto: str | None = None
    """The latest stamp of alerts that are its own; None: nobody knows."""


def incident_state(fact: IncidentFact, at: datetime) -> IncidentState:
    """An incident as its fact tells it, which was told at `at`.

    It began at the millisecond that the database keeps, so that those of one group have one order, read or told.
    """
    merged_at = fact.status_times.get(IncidentStatus.CLOSED, fact.resolved_at) if fact.merged_into else None
    ended_at = None if fact.status.is_open else fact.resolved_at or at
    by_person = not fact.status.is_open and not fact.imported and fact.resolved_by not in (None, AUTO)
    return IncidentState(
        id=fact.id,
        group_id=fact.group_id or "",
        service=fold_service(fact.service_id or UNROUTED),
        open=fact.status.is_open,
        created_at=from_millis(to_millis(fact.created_at)),
        merged_into=fact.merged_into,
        merged_at=merged_at,
        ended_at=ended_at,
        resolved_at=fact.resolved_at if by_person and not fact.merged_into else None,
        reopened_at=fact.reopened_at,
        last_joined=fact.last_joined,
    )


def may_end_alerts(told: IncidentState) -> bool:
    """Whether anything may follow for alerts: of most that is told nothing does."""
    return told.resolved_at is not None or told.merged_into is not None


def endings(told: IncidentState, family: Mapping[str, IncidentState]) -> Iterator[Ending]:
    """The endings that `told` has a part in: its own, and those of what it went into. `family` is all that is known of
    what it went into and what went into it.

    An end counts for what had been merged by then: what came later was no part of it.
    """
    for one in family.values():
        way = list(_way_up(one, family))
        if told not in way:
            continue
        for place in range(way.index(told), len(way)):
            step = way[place]
            merged_by = max((before.merged_at for before in way[:place] if before.merged_at), default=_EVER)
            if step.resolved_at is not None and step.resolved_at >= merged_by:
                yield Ending(step.id, step.resolved_at, one, _find_last_joined(way[: place + 1]))


def find_reopened_parts(told: IncidentState, family: Mapping[str, IncidentState]) -> Iterator[Ending]:
    """What takes its alerts again because `told` was reopened: itself, and what went into it."""
    for one in family.values():
        way = list(_way_up(one, family))
        if told.reopened_at is not None and way[-1] == told:
            yield Ending(told.id, told.reopened_at, one, _find_last_joined(way))


def survivor_of(incident_id: str, known: Mapping[str, IncidentState]) -> str:
    """Where an incident went in the end, as far as these are known; itself when it went nowhere."""
    last = known.get(incident_id)
    for step in _way_up(last, known) if last is not None else ():
        incident_id = step.merged_into or step.id
    return incident_id


def _find_last_joined(way: Sequence[IncidentState]) -> str | None:
    """What was merged goes on taking alerts in what it went into."""
    if way[0].last_joined is None:
        return None
    return max(one.last_joined for one in way if one.last_joined is not None)


def _way_up(told: IncidentState, known: Mapping[str, IncidentState]) -> Iterator[IncidentState]:
    """The incident and what it went into, one after the other."""
    seen: set[str] = set()
    step: IncidentState | None = told
    while step is not None and step.id not in seen:
        seen.add(step.id)
        yield step
        step = known.get(step.merged_into) if step.merged_into else None
