"""Clocks that count support hours only: on and around their edges, over changes of the clock, as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.incident.catalogue.service_definition import ServicePatch, edit_service
from services.incident.catalogue.support_hours import SupportHours, add_support_time
from services.incident.incidents.clock_turns import turn_clocks
from services.incident.incidents.commands import (
    Actor,
    IncidentIn,
    ResolutionIn,
    StatusIn,
    acknowledge,
    begin,
    change,
    resolve,
)
from services.incident.incidents.incident import Incident
from services.incident.response.corrected_times import TimesIn, correct
from services.incident.sla.record import SlaRecord, read_resolution, read_response
from services.incident.timers.due import end_due
from shared.clocks.weekly_hours import within
from shared.events.command import ClockState, SlaTurned
from shared.vocabulary import IncidentStatus, Priority
from tests.unit.incident.builders import make_service

OFFICE = {"weekdays": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}
NIGHTS = {"weekdays": ["sat", "sun"], "from": "22:00", "to": "06:00"}
MONA = Actor("mona", "mona")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def hours(*windows: dict[str, Any], zone: str = "Europe/Berlin", holidays: tuple[str, ...] = ()) -> SupportHours:
    return SupportHours.model_validate({"time_zone": zone, "hours": windows, "holidays": holidays})


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.mark.parametrize(
    "support, start, minutes, due",
    [
        pytest.param(hours(OFFICE), "2026-11-20T10:00", 60, "2026-11-20T11:00", id="within one day"),
        pytest.param(hours(OFFICE), "2026-11-20T16:00", 240, "2026-11-23T12:00", id="over the weekend"),
        pytest.param(hours(OFFICE), "2026-11-20T13:00", 240, "2026-11-20T17:00", id="to the last minute of the day"),
        pytest.param(hours(OFFICE), "2026-11-20T17:00", 5, "2026-11-23T09:05", id="begun at closing time"),
        pytest.param(hours(OFFICE), "2026-11-21T03:00", 5, "2026-11-23T09:05", id="begun at night"),
        pytest.param(
            hours(OFFICE, holidays=("2026-11-23", "2026-11-24")), "2026-11-20T16:00", 240, "2026-11-25T12:00",
            id="over holidays",
        ),
        pytest.param(
            hours(NIGHTS, holidays=("2026-11-22",)), "2026-11-21T23:00", 480, "2026-11-28T23:00",
            id="what runs into a holiday counts, what begins on it does not",
        ),
        pytest.param(hours(OFFICE, OFFICE), "2026-11-20T16:00", 240, "2026-11-23T12:00", id="said twice counts once"),
        # Saturday 22:00 to Sunday 06:00 lasts seven hours in spring and nine in autumn
        pytest.param(hours(NIGHTS), "2026-03-28T22:00", 7 * 60, "2026-03-29T06:00", id="a night in spring"),
        pytest.param(hours(NIGHTS), "2026-10-24T22:00", 9 * 60, "2026-10-25T06:00", id="a night in autumn"),
        pytest.param(hours(OFFICE), "2026-03-27T16:00", 120, "2026-03-30T10:00", id="a weekend in spring"),
    ],
)  # fmt: skip
def test_only_support_hours_count(support: SupportHours, start: str, minutes: int, due: str) -> None:
    assert add_support_time(berlin(start), timedelta(minutes=minutes), support) == berlin(due)


CLOCK = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tehran", "America/Sao_Paulo", "Australia/Lord_Howe"])
NEAR = st.sampled_from(
    [datetime(2018, 2, 18, tzinfo=UTC), datetime(2018, 11, 4, tzinfo=UTC), datetime(2021, 3, 21, tzinfo=UTC),
     datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)]
)  # fmt: skip
STARTS = st.builds(lambda near, quarters: near + quarters * QUARTER, NEAR, st.integers(-700, 700))
WINDOW = st.fixed_dictionaries(
    {
        "weekdays": st.lists(st.sampled_from(["mon", "wed", "sat", "sun"]), min_size=1, max_size=4),
        "from": CLOCK,
        "to": CLOCK,
    }
).filter(lambda one: one["from"] != one["to"])


@st.composite
def calendars(draw: st.DrawFn) -> SupportHours:
    """Hours around the times at which clocks jump; an hour on Wednesdays is always among them."""
    wednesdays = {"weekdays": ["wed"], "from": "12:00", "to": "13:00"}
    return hours(wednesdays, *draw(st.lists(WINDOW, max_size=3)), zone=draw(ZONES))


@given(calendars(), STARTS, st.integers(1, 24))
@settings(max_examples=150, deadline=None)
def test_as_many_support_hours_pass_until_the_deadline_as_the_target_has(
    support: SupportHours, start: datetime, quarters: int
) -> None:
    due = add_support_time(start, quarters * QUARTER, support)
    walked = (start + n * QUARTER for n in range((due - start) // QUARTER))
    assert sum(within(support.hours, ZoneInfo(support.time_zone), at) for at in walked) == quarters
    assert within(support.hours, ZoneInfo(support.time_zone), due - QUARTER)


@given(st.integers(0, 70 * 365 * 24 * 3600).map(lambda second: EPOCH + timedelta(seconds=second)), ZONES)
@settings(deadline=None)
def test_hours_around_the_clock_are_as_good_as_none(start: datetime, zone: str) -> None:
    always = hours({"from": "00:00", "to": "24:00"}, zone=zone)
    for allowed in (timedelta(minutes=5), timedelta(days=7)):
        assert add_support_time(start, allowed, always) == add_support_time(start, allowed, None) == start + allowed


@given(calendars(), st.lists(STARTS, min_size=2, max_size=6), st.integers(1, 40))
@settings(deadline=None)
def test_what_begins_later_is_never_due_earlier(support: SupportHours, starts: list[datetime], quarters: int) -> None:
    due = [add_support_time(start, quarters * QUARTER, support) for start in sorted(starts)]
    assert all(one <= following for one, following in pairwise(due))


@pytest.mark.parametrize(
    "wrong, place",
    [
        pytest.param({"time_zone": "Mars/Base"}, ("time_zone",), id="a zone that is none"),
        pytest.param({"hours": []}, ("hours",), id="no hours"),
        pytest.param({"hours": [OFFICE, OFFICE | {"to": "09:00"}]}, ("hours", 1), id="no length"),
        pytest.param({"hours": [{"weekdays": ["mon"], "from": "09:00", "to": "09:30"}]}, ("hours",), id="too little"),
        pytest.param({"hours": [OFFICE | {"weekdays": []}]}, ("hours", 0, "weekdays"), id="no day"),
        pytest.param({"hours": [OFFICE | {"from": "9 am"}]}, ("hours", 0, "from"), id="no time"),
        pytest.param({"holidays": ["2026-02-30"]}, ("holidays", 0), id="no day of the calendar"),
    ],
)
def test_hours_that_make_no_sense_are_refused_with_their_place(wrong: dict[str, Any], place: tuple[Any, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        SupportHours.model_validate({"time_zone": "Europe/Berlin", "hours": [OFFICE]} | wrong)
    assert [fault["loc"] for fault in refused.value.errors()] == [place]


MONDAY = berlin("2026-11-23T09:00")
FRIDAY_EVENING = berlin("2026-11-20T18:00")
SUPPORTED = make_service(support_hours=hours(OFFICE))


def opened(priority: Priority = Priority.CRITICAL, at: datetime = FRIDAY_EVENING) -> Incident:
    body = IncidentIn(title="Disk full", priority=priority)
    return begin(body, "INC-20261120-0001", SUPPORTED, actor=MONA, now=at, cause="c").after


@pytest.mark.parametrize(
    "after_opening, state",
    [
        pytest.param(timedelta(days=-2), ClockState.ON_TRACK, id="through the weekend"),
        pytest.param(timedelta(seconds=239), ClockState.ON_TRACK, id="before 80 %"),
        pytest.param(timedelta(seconds=240), ClockState.AT_RISK, id="at 80 %"),
        pytest.param(timedelta(seconds=300), ClockState.AT_RISK, id="at the deadline"),
        pytest.param(timedelta(seconds=301), ClockState.BREACHED, id="after it"),
    ],
)
def test_at_once_means_five_minutes_from_when_somebody_is_there(after_opening: timedelta, state: ClockState) -> None:
    incident = opened()
    assert read_response(incident.sla, incident.priority, MONDAY + after_opening).state is state


def test_an_untouched_incident_turns_in_support_hours_alone() -> None:
    incident, told = opened(), list[tuple[datetime, str]]()
    while incident.due_at is not None:
        edit = end_due(incident, incident.due_at)
        told += [
            (edit.at.replace(microsecond=0), f"{one.data.clock} {one.data.state}")
            for one in edit.news
            if isinstance(one.data, SlaTurned)
        ]
        incident = edit.after
    assert told == [
        (berlin("2026-11-23T09:04"), "response at_risk"),
        (berlin("2026-11-23T09:05"), "response breached"),
        (berlin("2026-11-23T12:12"), "resolution at_risk"),
        (berlin("2026-11-23T13:00"), "resolution breached"),
    ]


def test_an_answer_at_night_is_in_time() -> None:
    taken = turn_clocks(acknowledge(opened(), MONA, berlin("2026-11-22T04:00"))).after
    assert taken.sla.response_told is ClockState.MET


def test_a_new_priority_counts_the_same_hours_from_the_same_start() -> None:
    low = opened(Priority.LOW, berlin("2026-11-20T16:00"))
    raised = change(low, StatusIn(priority=Priority.HIGH), MONA, berlin("2026-11-20T16:10"), "c").after
    assert read_response(raised.sla, raised.priority, MONDAY).due_at == berlin("2026-11-20T16:30")
    # an hour on Friday, eight a day from Monday to Wednesday make 25: the last of the 24 ends Wednesday 16:00
    assert read_resolution(raised.sla, raised.priority, MONDAY).due_at == berlin("2026-11-25T16:00")


def test_a_corrected_start_counts_the_same_hours_anew() -> None:
    moved = correct(opened(), TimesIn(created_at=berlin("2026-11-20T16:58")), MONA, MONDAY).after
    assert read_response(moved.sla, moved.priority, MONDAY).due_at == berlin("2026-11-23T09:03")


def test_a_reopened_incident_keeps_the_hours_that_it_opened_with() -> None:
    over = resolve(opened(), ResolutionIn(), MONA, MONDAY).after
    again = change(over, StatusIn(status=IncidentStatus.INVESTIGATING), MONA, berlin("2026-11-23T16:00"), "c").after
    assert read_resolution(again.sla, again.priority, MONDAY).due_at == berlin("2026-11-24T12:00")


def test_an_edit_of_the_service_moves_no_clock_that_runs() -> None:
    incident = opened()
    without = edit_service(SUPPORTED, ServicePatch.model_validate({"support_hours": None}), MONDAY)
    assert without.support_hours is None
    assert read_response(incident.sla, incident.priority, MONDAY).due_at == MONDAY + timedelta(minutes=5)
    begun = begin(IncidentIn(title="x"), "INC-20261120-0002", without, actor=MONA, now=FRIDAY_EVENING, cause="c").after
    assert read_response(begun.sla, Priority.CRITICAL, MONDAY).due_at == FRIDAY_EVENING + timedelta(minutes=5)


def test_the_shortest_week_there_may_be_puts_the_longest_target_three_years_ahead() -> None:
    sparse = hours({"weekdays": ["wed"], "from": "12:00", "to": "13:00"})
    record = SlaRecord(started_at=FRIDAY_EVENING, support_hours=sparse)
    assert read_resolution(record, Priority.LOW, MONDAY).due_at == berlin("2030-02-06T13:00")
