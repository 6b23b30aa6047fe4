"""Histories that hypothesis makes, and all figures of them computed a second way: plainly, one incident at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st

from services.analytics.figures.recurrence import number_clusters
from services.analytics.periods.period import Period
from services.analytics.table.columns import Ints
from services.analytics.table.counted import CountedAction, CountedAlerts, CountedIncident, CountedPage, CountedTimes
from services.analytics.table.table import Table
from shared.events.actions import ActionState
from shared.vocabulary import Category, Priority, Severity
from tests.unit.analytics.table.builders import BEGAN, counted

ZONE = ZoneInfo("Europe/Berlin")
PERIOD = Period(BEGAN + timedelta(days=10), BEGAN + timedelta(days=30), ZONE)
NOW = BEGAN + timedelta(days=28)
ZONES = {"ana": "Asia/Tokyo", "bob": "America/New_York", "cem": "UTC"}


@dataclass(frozen=True)
class History:
    """What happened, and in which cluster each incident is."""

    incidents: Sequence[CountedIncident]
    pages: Sequence[CountedPage]
    actions: Sequence[CountedAction]
    sources: Mapping[str, str]
    clusters: Mapping[str, str]

    def table(self) -> Table:
        """The table of it."""
        table = Table()
        for one in self.incidents:
            table.take_incident(1, one)
        for page in self.pages:
            table.take_page(page)
        for action in self.actions:
            table.take_action(1, action)
        for group, source in self.sources.items():
            table.take_alert(group, source, BEGAN)
        table.services |= {"web": "Web shop", "db": "Database"}
        return table

    def numbers(self, table: Table) -> Ints:
        """The clusters as the table knows them."""
        return number_clusters(table, self.clusters)

    def in_period(self, period: Period = PERIOD) -> list[CountedIncident]:
        """The incidents that count and were created in the period."""
        return [one for one in self.incidents if counts(one) and period.start <= one.created_at < period.end]


def counts(one: CountedIncident) -> bool:
    """Neither a drill nor merged."""
    return one.drill_id is None and one.merged_into is None


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to a dozen incidents in fifty days, with pages, action items and clusters."""
    incidents = [draw(_incidents(number)) for number in range(draw(st.integers(0, 12)))]
    ids = [one.id for one in incidents]
    some = st.sampled_from(ids) if ids else st.nothing()
    pages = [draw(_pages(number, some)) for number in range(draw(st.integers(0, 15)))] if ids else []
    actions = [draw(_actions(number, some)) for number in range(draw(st.integers(0, 6)))] if ids else []
    clusters = {one: draw(st.sampled_from("xyz")) for one in ids if draw(st.booleans())}
    return History(incidents, pages, actions, {"g1": "zabbix", "g2": "slo"}, clusters)


def _moments(days: int) -> st.SearchStrategy[timedelta]:
    return st.integers(0, days * 86_400_000).map(lambda millis: timedelta(milliseconds=millis))


@st.composite
def _incidents(draw: st.DrawFn, number: int) -> CountedIncident:
    created = BEGAN + draw(_moments(50))
    acknowledged = created + draw(_moments(2)) if draw(st.booleans()) else None
    resolved = created + draw(_moments(9)) if draw(st.booleans()) else None
    return counted(
        number,
        created_at=created,
        acknowledged_at=acknowledged,
        acknowledged_by=draw(st.sampled_from(["ana", "bob"])) if acknowledged else None,
        resolved_at=resolved,
        resolved_by=draw(st.sampled_from(["auto", "ana"])) if resolved else None,
        service_id=draw(st.sampled_from([None, "web", "db"])),
        team=draw(st.sampled_from([None, "shop", "core"])),
        severity=draw(st.sampled_from(list(Severity))),
        priority=draw(st.sampled_from(list(Priority))),
        category=draw(st.sampled_from(list(Category))),
        group_id=draw(st.sampled_from([None, "g1", "g2", "g3"])),
        affected_components=draw(st.lists(st.sampled_from(["web shop", "db", "cache", "WEB"]), max_size=3)),
        alerts=CountedAlerts(count=draw(st.integers(0, 5))),
        drill_id=draw(st.sampled_from([None] * 5 + ["d"])),
        merged_into=draw(st.sampled_from([None] * 5 + ["INC-1"])),
        imported=draw(st.booleans()),
        prediction_id=draw(st.sampled_from([None] * 3 + ["p"])),
        sla=[
            CountedTimes(
                response_due_at=created + timedelta(hours=12),
                responded_at=acknowledged,
                resolution_due_at=created + timedelta(days=4),
                resolved_at=resolved,
            )
        ]
        if draw(st.booleans())
        else [],
    )


@st.composite
def _pages(draw: st.DrawFn, number: int, ids: st.SearchStrategy[str]) -> CountedPage:
    person = draw(st.sampled_from(sorted(ZONES)))
    return CountedPage(
        page_id=f"p{number}",
        incident_id=draw(ids),
        user_id=person,
        state="delivered",
        at=BEGAN + draw(_moments(50)),
        time_zone=ZONES[person],
    )


@st.composite
def _actions(draw: st.DrawFn, number: int, ids: st.SearchStrategy[str]) -> CountedAction:
    state = draw(st.sampled_from(list(ActionState)))
    return CountedAction(
        id=f"a{number}",
        incident_id=draw(ids),
        state=state,
        due_on=draw(st.none() | st.dates(date(2026, 10, 10), date(2026, 11, 15))),
        closed_at=BEGAN + draw(_moments(50)) if not state.is_open else None,
        drill=draw(st.sampled_from([False] * 4 + [True])),
        deleted=draw(st.sampled_from([False] * 4 + [True])),
    )


Numbers = Mapping[str, tuple[int, int]]
"""By incident, its number and what that is of."""


def is_failure(one: CountedIncident, history: History) -> bool:
    """See behaviour: severe, of a failing category, opened neither for a forecast nor about an error budget."""
    return (
        one.severity in ("critical", "high")
        and one.category in ("failure", "error", "security", "performance")
        and one.prediction_id is None
        and history.sources.get(one.group_id or "") != "slo"
    )


def plainly(name: str, history: History, period: Period = PERIOD) -> Numbers:
    """What each incident of the period measures for a figure."""
    return {one.id: found for one in history.in_period(period) if (found := _OF[name](one, history)) is not None}


def _since(one: CountedIncident, until: datetime | None) -> tuple[int, int] | None:
    return None if until is None else ((until - one.created_at) // timedelta(milliseconds=1), 1)


def _to_page(one: CountedIncident, history: History) -> tuple[int, int] | None:
    at = [page.at for page in history.pages if page.incident_id == one.id]
    return None if one.imported or not at else _since(one, min(at))


def _pages_of(one: CountedIncident, history: History, wanted: Callable[[datetime], bool]) -> tuple[int, int] | None:
    found = sum(
        page.incident_id == one.id and wanted(page.at.astimezone(ZoneInfo(page.time_zone))) for page in history.pages
    )
    return (found, 1) if found else None


def _recurs(one: CountedIncident, history: History) -> tuple[int, int]:
    again = any(
        history.clusters.get(other.id, other) == history.clusters.get(one.id)
        and counts(other)
        and other.resolved_at is not None
        and one.created_at - timedelta(days=30) <= other.resolved_at < one.created_at
        for other in history.incidents
    )
    return int(again), 1


def _clock(due: datetime, done: datetime | None) -> tuple[int, int] | None:
    if done is None:
        return (0, 1) if due < NOW else None
    return int(done <= due), 1


def _response(one: CountedIncident, _: History) -> tuple[int, int] | None:
    if not one.sla:
        return None
    return _clock(one.sla[0].response_due_at, one.sla[0].responded_at or one.sla[0].resolved_at)


def _actions_of(one: CountedIncident, history: History) -> tuple[int, int] | None:
    good = bad = 0
    for action in history.actions:
        if action.incident_id != one.id or action.due_on is None or action.deleted or action.drill:
            continue
        if action.state is ActionState.DONE:
            assert action.closed_at is not None
            in_time = action.closed_at.astimezone(ZONE).date() <= action.due_on
            good, bad = good + in_time, bad + (not in_time)
        elif action.state.is_open and NOW.astimezone(ZONE).date() > action.due_on:
            bad += 1
    return (good, good + bad) if good + bad else None


_OF: Mapping[str, Callable[[CountedIncident, History], tuple[int, int] | None]] = {
    "incidents": lambda one, _: (1, 1),
    "time_to_page": _to_page,
    "time_to_acknowledge": lambda one, _: _since(one, one.acknowledged_at),
    "time_to_resolve": lambda one, _: _since(one, one.resolved_at),
    "alerts_per_incident": lambda one, _: (one.alerts.count, 1) if one.alerts.count else None,
    "pages": lambda one, history: _pages_of(one, history, lambda at: True),
    "pages_at_night": lambda one, history: _pages_of(one, history, lambda at: not 7 <= at.hour < 22),
    "pages_at_weekends": lambda one, history: _pages_of(one, history, lambda at: at.isoweekday() > 5),
    "resolved_by_itself": lambda one, _: (int(one.resolved_by == "auto"), 1) if one.resolved_at else None,
    "failures": lambda one, history: (1, 1) if is_failure(one, history) else None,
    "recurrence_rate": _recurs,
    "response_in_time": _response,
    "resolution_in_time": lambda one, _: (
        _clock(one.sla[0].resolution_due_at, one.sla[0].resolved_at) if one.sla else None
    ),
    "actions_in_time": _actions_of,
}


def spread(numbers: Sequence[int], unit: int) -> tuple[float, float, float]:
    """Mean, median and 90th percentile, by fractions."""
    ordered = sorted(numbers)

    def percentile(percent: int) -> float:
        place = Fraction((len(ordered) - 1) * percent, 100)
        low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
        return float((low + (high - low) * (place - int(place))) / unit)

    return float(Fraction(sum(ordered), len(ordered) * unit)), percentile(50), percentile(90)


def no_rows() -> Ints:
    """No rows at all."""
    return np.array([], dtype=np.int64)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def millis(at: datetime) -> int:
    """Milliseconds since 1970."""
    return (at - EPOCH) // timedelta(milliseconds=1)
