"""Uptime by day and in all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comms.status_pages.impact_periods import Period, end_period
from services.comms.status_pages.page import ComponentState
from services.comms.status_pages.uptime import WEIGHTS, downtime_seconds, uptime
from tests.unit.comms.status_pages.pages import NOON, make_page

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def period(state: ComponentState, start: datetime, end: datetime) -> Period:
    return Period(page="sp_1", component_id="api", state=state, start=start, end=end)


@pytest.mark.parametrize(
    "state, lost",
    [
        pytest.param(ComponentState.MAJOR_OUTAGE, 0.25, id="a major outage counts whole"),
        pytest.param(ComponentState.PARTIAL_OUTAGE, 0.125, id="a partial outage counts half"),
        pytest.param(ComponentState.DEGRADED_PERFORMANCE, 0, id="slow is up"),
        pytest.param(ComponentState.UNDER_MAINTENANCE, 0, id="maintenance is up"),
    ],
)
def test_six_hours_of_a_state_cost_a_day(state: ComponentState, lost: float) -> None:
    start = datetime(2026, 11, 20, 3, tzinfo=UTC)
    found = uptime([period(state, start, start + timedelta(hours=6))], since=LONG_AGO, now=NOON, zone=ZoneInfo("UTC"))
    assert len(found.days) == 90
    assert found.days[-2].uptime == pytest.approx(1 - lost)
    assert found.days[-2].worst is state
    assert found.days[-3].uptime == 1


def test_a_period_over_midnight_is_cut_at_the_midnight_of_the_page() -> None:
    start = datetime(2026, 11, 20, 14, tzinfo=UTC)  # 23:00 in Tokyo
    down = [period(ComponentState.MAJOR_OUTAGE, start, start + timedelta(hours=3))]
    found = uptime(down, since=LONG_AGO, now=NOON, zone=ZoneInfo("Asia/Tokyo"), days=2)
    hours_of_today = 21.0
    assert [one.uptime for one in found.days] == [pytest.approx(1 - 1 / 24), pytest.approx(1 - 2 / hours_of_today)]


def test_a_day_of_25_hours_is_counted_as_such() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 25, 8, tzinfo=UTC)
    down = [period(ComponentState.MAJOR_OUTAGE, start, start + timedelta(hours=5))]
    found = uptime(down, since=LONG_AGO, now=datetime(2026, 10, 27, tzinfo=UTC), zone=zone, days=3)
    assert found.days[0].uptime == pytest.approx(1 - 5 / 25)


def test_days_before_the_component_was_made_have_no_figure() -> None:
    found = uptime([], since=NOON - timedelta(days=1), now=NOON, zone=ZoneInfo("UTC"))
    assert found.days[0].uptime is None
    assert found.share == 1


def test_a_component_just_made_has_no_figure_at_all() -> None:
    assert uptime([], since=NOON, now=NOON, zone=ZoneInfo("UTC")).share is None


def test_an_operational_component_leaves_no_period() -> None:
    component = make_page().components[0]
    assert end_period("sp_1", component, NOON + MINUTE) is None
    down = component.model_copy(update={"state": ComponentState.MAJOR_OUTAGE})
    found = end_period("sp_1", down, NOON + MINUTE)
    assert found is not None
    assert (found.start, found.end, found.service_ids) == (NOON, NOON + MINUTE, ("payments",))


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30), st.sampled_from(ComponentState)), max_size=8)


@given(SPANS)
def test_downtime_is_what_counting_every_minute_gives(spans: list[tuple[int, int, ComponentState]]) -> None:
    real = [(NOON + start * MINUTE, NOON + (start + length) * MINUTE, state) for start, length, state in spans]
    brute = sum(
        60 * max((WEIGHTS.get(state, 0.0) for start, length, state in spans if start <= m < start + length), default=0)
        for m in range(100)
    )
    assert downtime_seconds(real) == pytest.approx(brute)


@given(SPANS)
def test_more_periods_never_make_more_uptime(spans: list[tuple[int, int, ComponentState]]) -> None:
    real = [(NOON + start * MINUTE, NOON + (start + length) * MINUTE, state) for start, length, state in spans]
    assert downtime_seconds(real[:-1]) <= downtime_seconds(real) <= 90 * 60
