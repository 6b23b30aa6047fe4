"""How long a dashboard of a year takes beside a million other incidents, and how much memory its table has."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from bench.figures import Figure, percentile
from services.analytics.figures.grouping import FigureGroupBy
from services.analytics.figures.report import ReportQuestion, make_dashboard
from services.analytics.periods.period import AskedPeriod, period_of
from services.analytics.table.counted import CountedAlerts, CountedIncident, CountedPage, CountedTimes
from services.analytics.table.selection import Wanted
from services.analytics.table.table import Table
from shared.clocks.epoch import to_millis
from shared.vocabulary import Category, Priority, Severity

YEAR, MANY = 100_000, 1_000_000
ROUNDS = 30
GOAL_SECONDS, GOAL_AT_MANY_SECONDS, GOAL_MEGABYTES = 0.3, 0.45, 250
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_A_YEAR = timedelta(days=365)
_GROUPS = (None, FigureGroupBy.WEEK, FigureGroupBy.SERVICE, FigureGroupBy.COMPONENT)


def incident(number: int, created: datetime, chance: random.Random) -> CountedIncident:
    """One of five hundred services' incidents, acknowledged within minutes and resolved within hours."""
    acknowledged = created + timedelta(seconds=chance.expovariate(1 / 240))
    resolved = acknowledged + timedelta(seconds=chance.expovariate(1 / 5400))
    service = f"service-{chance.randrange(500)}"
    return CountedIncident(
        id=f"INC-{created:%Y%m%d}-{number:07}",
        created_at=created,
        acknowledged_at=acknowledged if number % 20 else None,
        acknowledged_by=f"person-{chance.randrange(200)}" if number % 20 else None,
        resolved_at=resolved,
        resolved_by="auto" if number % 3 == 0 else "person",
        service_id=service,
        team=f"team-{chance.randrange(40)}",
        severity=chance.choice(list(Severity)),
        priority=chance.choice(list(Priority)),
        category=chance.choice(list(Category)),
        group_id=f"group-{number}",
        affected_components=[service, f"part-{chance.randrange(50)}"],
        alerts=CountedAlerts(count=chance.randrange(1, 9)),
        sla=[
            CountedTimes(
                response_due_at=created + timedelta(minutes=5),
                responded_at=acknowledged,
                resolution_due_at=created + timedelta(hours=4),
                resolved_at=resolved,
            )
        ],
    )


def fill(table: Table, count: int, begin: datetime, first: int) -> None:
    """So many incidents spread over a year, each with a page and an alert."""
    chance = random.Random(first)
    for number in range(first, first + count):
        created = begin + _A_YEAR * (number - first) / count
        one = incident(number, created, chance)
        table.take_incident(1, one)
        table.take_alert(f"group-{number}", f"source-{number % 7}", created)
        user = f"person-{chance.randrange(200)}"
        at = created + timedelta(seconds=20)
        table.take_page(
            CountedPage(page_id=f"page-{number}", incident_id=one.id, user_id=user, state="delivered", at=at)
        )


def times(table: Table) -> Sequence[float]:
    """How long a dashboard of the year takes, by each of some groups in turn."""
    now = _BEGAN + _A_YEAR
    period = period_of(AskedPeriod(start="2026-01-01", end="2027-01-01"), now)
    clusters = np.arange(len(table.incidents)) % 300
    found = []
    for number in range(ROUNDS):
        question = ReportQuestion(period, Wanted(), to_millis(now), _GROUPS[number % len(_GROUPS)])
        began = time.perf_counter()
        make_dashboard(table, question, clusters)
        found.append(time.perf_counter() - began)
    return found


def measure() -> list[Figure]:
    """A year of a hundred thousand alone, then with nine hundred thousand of the years before."""
    table = Table()
    began = time.perf_counter()
    fill(table, YEAR, _BEGAN, 0)
    rate = 3 * YEAR / (time.perf_counter() - began)
    alone = percentile(times(table), 0.99)
    for years in range(1, 10):
        fill(table, YEAR, _BEGAN - years * _A_YEAR, years * YEAR)
    many = percentile(times(table), 0.99)
    megabytes = table.nbytes / 1_000_000
    return [
        Figure(f"dashboard of a year of {YEAR} incidents, p99", alone, "s", GOAL_SECONDS),
        Figure(f"the same beside {MANY} incidents in all, p99", many, "s", GOAL_AT_MANY_SECONDS),
        Figure(f"columns of {MANY} incidents, pages and alerts", megabytes, "MB", GOAL_MEGABYTES),
        Figure("facts taken into the table", rate, "/s", None, True),
    ]
