"""Loads against ones that are counted a quarter of an hour at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.analytics.fair_load.load import (
    HOUR_MILLIS,
    NO_LOAD,
    Load,
    LoadQuestion,
    balance_of,
    loads_of,
    make_load_report,
)
from services.analytics.periods.period import Period
from services.analytics.table.counted import CountedDuty, CountedTurn
from services.analytics.table.table import Table
from shared.clocks.epoch import to_millis
from tests.unit.analytics.table.builders import counted, page

QUARTER = timedelta(minutes=15)
BEGAN = datetime(2026, 10, 22, tzinfo=UTC)
"""Three days before clocks are set back in Berlin."""
PERIOD = Period(BEGAN, BEGAN + timedelta(days=5), ZoneInfo("UTC"))
ZONES = {"ana": "Europe/Berlin", "bob": "America/New_York", "cem": "Asia/Tehran"}
HOLIDAYS = frozenset({date(2026, 10, 23), date(2026, 10, 25)})
NOW = to_millis(BEGAN + timedelta(days=4))


def question(**changes: Any) -> LoadQuestion:
    return replace(LoadQuestion(PERIOD, NOW, holidays=HOLIDAYS), **changes)


PEOPLE = st.sampled_from(sorted(ZONES))
Turns = list[tuple[str, str, int, int]]
"""A schedule, a person, and from which quarter on how many."""
TURNS = st.lists(
    st.tuples(st.sampled_from(["s1", "s2"]), PEOPLE, st.integers(-60, 500), st.integers(1, 200)), max_size=8
)
PAGES = st.lists(st.tuples(PEOPLE, st.integers(-60, 500)), max_size=12)


def table_of(turns: Turns, pages: list[tuple[str, int]]) -> Table:
    table = Table()
    table.take_incident(1, counted(team="shop"))
    for number, (schedule, person, first, count) in enumerate(turns):
        start = BEGAN + first * QUARTER
        turn = CountedTurn(person, to_millis(start), to_millis(start + count * QUARTER), ZONES[person])
        table.take_duty(1, CountedDuty(f"{schedule}:{number}", "shop", (turn,)))
    for number, (person, quarter) in enumerate(pages):
        at = BEGAN + quarter * QUARTER
        table.take_page(page(number, user_id=person, at=at, time_zone=ZONES[person]))
    return table


def plainly(person: str, turns: Turns, pages: list[tuple[str, int]]) -> Load:
    """Each quarter of an hour by itself."""
    zone = ZoneInfo(ZONES[person])
    on_duty = {q for _, one, first, count in turns if one == person for q in range(first, first + count)}
    within = sorted(q for q in on_duty if 0 <= q < 4 * 24 * 4)
    clocks = [(BEGAN + q * QUARTER).astimezone(zone) for q in within]
    millis = QUARTER // timedelta(milliseconds=1)
    paged = [(BEGAN + q * QUARTER).astimezone(zone) for one, q in pages if one == person and 0 <= q < 4 * 24 * 4]
    at_night = [at for at in paged if not 7 <= at.hour < 22]
    return Load(
        on_call=len(clocks) * millis,
        nights=sum(not 7 <= at.hour < 22 for at in clocks) * millis,
        weekends=sum(at.isoweekday() > 5 for at in clocks) * millis,
        holidays=sum(at.date() in HOLIDAYS for at in clocks) * millis,
        pages=len(paged),
        pages_at_night=len(at_night),
        pages_at_weekends=sum(at.isoweekday() > 5 for at in paged),
        nights_interrupted=len({(at.replace(tzinfo=None) - timedelta(hours=7)).date() for at in at_night}),
    )


@settings(max_examples=80, deadline=None)
@given(TURNS, PAGES)
def test_loads_are_those_counted_plainly(turns: Turns, pages: list[tuple[str, int]]) -> None:
    found = loads_of(table_of(turns, pages), question(), PERIOD)
    for person in ZONES:
        expected = plainly(person, turns, pages)
        assert found.get(person, NO_LOAD) == expected
        assert (person in found) is (expected != NO_LOAD)


@pytest.mark.parametrize(
    "points, balance",
    [
        pytest.param([], None, id="nobody"),
        pytest.param([5], None, id="one alone"),
        pytest.param([0, 0], None, id="nothing to share"),
        pytest.param([3, 3, 3], 1.0, id="all the same"),
        pytest.param([9, 0, 0], 0.0, id="one carries all"),
        pytest.param([3, 1], 0.5, id="three to one"),
    ],
)
def test_the_balance_says_how_evenly_it_is_shared(points: list[int], balance: float | None) -> None:
    assert balance_of([Load(on_call=one * HOUR_MILLIS) for one in points]) == balance


def test_a_page_counts_as_an_hour_and_at_night_as_two() -> None:
    assert Load(on_call=HOUR_MILLIS, nights=HOUR_MILLIS, pages=2, pages_at_night=1).points == 5 * HOUR_MILLIS


def test_the_period_before_stands_beside_and_who_carried_most_comes_first() -> None:
    quarters = 5 * 24 * 4
    turns = [("s1", "ana", 0, 8), ("s1", "bob", 8, 80), ("s1", "ana", 20 - quarters, 4)]
    report = make_load_report(table_of(turns, []), question())
    assert [one.person for one in report.people] == ["bob", "ana"]
    assert [one.previous.on_call for one in report.people] == [0, HOUR_MILLIS]
    assert report.previous_balance is None


def test_a_team_has_its_own_schedules_and_incidents_and_drills_wake_nobody() -> None:
    table = table_of([("s1", "ana", 0, 4)], [("ana", 1)])
    assert loads_of(table, question(team="other"), PERIOD) == {}
    assert loads_of(table, question(teams=("other",)), PERIOD) == {}
    assert set(loads_of(table, question(teams=("shop", "x"), team="shop"), PERIOD)) == {"ana"}
    merged = counted(team="shop", merged_into="INC-1")
    table.take_incident(2, merged)
    assert loads_of(table, question(), PERIOD)["ana"].pages == 1
    table.take_incident(3, merged.changed(drill_id="d"))
    assert loads_of(table, question(), PERIOD)["ana"].pages == 0
