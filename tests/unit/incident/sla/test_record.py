"""The clocks, on and around their deadlines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.incident.sla.record import SlaRecord, list_times, read_resolution, read_response
from shared.events.command import ClockState
from shared.vocabulary import Priority
from tests.unit.incident.builders import NOW, after

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    "priority, response, resolution",
    [
        (Priority.CRITICAL, 5 * MINUTE, 4 * HOUR),
        (Priority.HIGH, 30 * MINUTE, 24 * HOUR),
        (Priority.MEDIUM, 4 * HOUR, 3 * DAY),
        (Priority.LOW, 24 * HOUR, 7 * DAY),
    ],
)
def test_deadlines_follow_the_priority(priority: Priority, response: int, resolution: int) -> None:
    record = SlaRecord(started_at=NOW)
    assert read_response(record, priority, NOW).due_at == after(response)
    assert read_resolution(record, priority, NOW).due_at == after(resolution)


@pytest.mark.parametrize(
    "seconds, state",
    [
        pytest.param(0, ClockState.ON_TRACK, id="at the start"),
        pytest.param(239, ClockState.ON_TRACK, id="before 80 %"),
        pytest.param(240, ClockState.AT_RISK, id="at 80 %"),
        pytest.param(300, ClockState.AT_RISK, id="at the deadline"),
        pytest.param(301, ClockState.BREACHED, id="after the deadline"),
    ],
)
def test_a_running_clock_is_on_track_at_risk_or_breached(seconds: int, state: ClockState) -> None:
    assert read_response(SlaRecord(started_at=NOW), Priority.CRITICAL, after(seconds)).state is state


@pytest.mark.parametrize(
    "seconds, state", [(300, ClockState.MET), (301, ClockState.BREACHED)], ids=["at the deadline", "after it"]
)
def test_a_stopped_clock_is_met_or_breached_for_ever(seconds: int, state: ClockState) -> None:
    record = SlaRecord(started_at=NOW, responded_at=after(seconds))
    assert read_response(record, Priority.CRITICAL, NOW + timedelta(days=400)).state is state


def test_resolving_stops_the_response_clock_too() -> None:
    record = SlaRecord(started_at=NOW, resolved_at=after(60))
    assert read_response(record, Priority.CRITICAL, after(9999)).state is ClockState.MET
    assert read_resolution(record, Priority.CRITICAL, after(9999)).state is ClockState.MET


def test_records_are_told_with_when_each_clock_was_due_and_stopped() -> None:
    first = SlaRecord(started_at=NOW, responded_at=after(60), resolved_at=after(120))
    told = list_times([first, SlaRecord(started_at=after(HOUR))], Priority.CRITICAL)
    assert [(one.response_due_at, one.responded_at) for one in told] == [
        (after(300), after(60)),
        (after(HOUR + 300), None),
    ]
    assert [(one.resolution_due_at, one.resolved_at) for one in told] == [
        (after(4 * HOUR), after(120)),
        (after(5 * HOUR), None),
    ]
