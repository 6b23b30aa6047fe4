"""What of facts is counted: of an incident, a page and an action item, without their texts. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from services.analytics.table.columns import NEVER
from shared.clocks.epoch import to_millis
from shared.events.actions import ActionState
from shared.stored import Stored
from shared.vocabulary import Category, Priority, Severity

LONGEST_COMPONENT = 200
MOST_COMPONENTS = 50


class CountedAlerts(Stored):
    """How many alerts an incident had."""

    count: int = 0


class CountedTimes(Stored):
    """A record of an incident's two clocks: from its opening, or a reopening, to its end."""

    response_due_at: datetime
    responded_at: datetime | None = None
    resolution_due_at: datetime
    resolved_at: datetime | None = None


class CountedIncident(Stored):
    """An incident as it is counted; its members are those of `IncidentFact`."""

    id: str
    created_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    service_id: str | None = None
    team: str | None = None
    severity: Severity
    priority: Priority
    category: Category
    group_id: str | None = None
    affected_components: list[str] = []
    alerts: CountedAlerts = CountedAlerts()
    drill_id: str | None = None
    imported: bool = False
    prediction_id: str | None = None
    merged_into: str | None = None
    sla: list[CountedTimes] = []

    @property
    def components(self) -> tuple[str, ...]:
        """What it affected, each once, in order; its service is one of them."""
        named = [one.strip()[:LONGEST_COMPONENT] for one in self.affected_components[:MOST_COMPONENTS]]
        return tuple(sorted({*named, self.service_id or ""} - {""}))


INCIDENT_FIELDS = tuple(CountedIncident.model_fields)


class CountedPage(Stored):
    """A page that was handed over; its members are those of `PageResult`."""

    page_id: str
    incident_id: str
    user_id: str
    state: str
    at: datetime
    time_zone: str = "UTC"


class CountedAction(Stored):
    """An action item as it is counted; its members are those of `ActionFact`."""

    id: str
    incident_id: str
    state: ActionState
    due_on: date | None = None
    closed_at: datetime | None = None
    drill: bool = False
    deleted: bool = False


class CountedTurn(NamedTuple):
    """A person who was on call for [start, end), in milliseconds since 1970."""

    person: str
    start: int
    end: int
    time_zone: str


class CountedDuty(NamedTuple):
    """Who was on call on a day of a schedule, and whose schedule that is."""

    id: str
    team: str | None
    turns: tuple[CountedTurn, ...]


class ClockTimes(NamedTuple):
    """When the two clocks of an incident were due and stopped, in milliseconds; `NEVER` where they were not."""

    response_due: int = NEVER
    responded: int = NEVER
    resolution_due: int = NEVER
    resolved: int = NEVER


def clock_times(records: list[CountedTimes]) -> ClockTimes:
    """The response is that of the first record; the resolution the first that was too late, else the last one.

    An incident that was resolved without being acknowledged stops its response by that.
    """
    if not records:
        return ClockTimes()
    first = records[0]
    late = (one for one in records if one.resolved_at is not None and one.resolved_at > one.resolution_due_at)
    last = next(late, records[-1])
    return ClockTimes(
        to_millis(first.response_due_at),
        millis_or_never(first.responded_at or first.resolved_at),
        to_millis(last.resolution_due_at),
        millis_or_never(last.resolved_at),
    )


def millis_or_never(at: datetime | None) -> int:
    """Milliseconds since 1970; `NEVER` for no instant."""
    return to_millis(at) if at is not None else NEVER
