"""Edits of a schedule leave the past as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.oncall.schedules.plan import OverrideRequest
from services.oncall.schedules.revisions import replan, with_override, without_override
from services.oncall.schedules.shifts import on_call, shifts
from tests.unit.oncall.schedule_builders import make_layer, make_schedule, utc

pytestmark = pytest.mark.unit

NOW = utc("2026-03-01 12:00")


def test_a_changed_plan_holds_from_the_edit_on() -> None:
    edited = replan(make_schedule(make_layer("a")), "new", None, make_schedule(make_layer("z")).plan, NOW)
    assert on_call(edited, utc("2026-03-01 11:59")) == {"a"}
    assert on_call(edited, NOW) == {"z"}


def test_an_edit_by_a_clock_that_is_behind_takes_back_nothing_of_the_one_before() -> None:
    edited = replan(make_schedule(make_layer("a")), "new", None, make_schedule(make_layer("b")).plan, NOW)
    earlier = NOW - timedelta(milliseconds=300)
    again = replan(edited, "new", None, make_schedule(make_layer("c")).plan, earlier)
    assert on_call(again, earlier) == {"a"}
    assert on_call(again, NOW) == {"c"}
    assert [one.user_id for one in shifts(again, earlier, NOW + timedelta(hours=1)).shifts] == ["a", "c"]


def test_a_new_name_is_no_new_plan() -> None:
    schedule = make_schedule(make_layer("a"))
    assert len(replan(schedule, "new", "payments", schedule.plan, NOW).revisions) == 1


def override(start: str, end: str) -> OverrideRequest:
    return OverrideRequest.model_validate(
        {"kind": "replace", "user_id": "x", "start": utc(start).isoformat(), "end": utc(end).isoformat()}
    )


@pytest.mark.parametrize(
    "start, end, left",
    [
        pytest.param("2026-03-02 00:00", "2026-03-03 00:00", [], id="one to come is removed"),
        pytest.param("2026-03-01 00:00", "2026-03-03 00:00", [NOW], id="one that runs ends now"),
        pytest.param("2026-02-01 00:00", "2026-02-02 00:00", [utc("2026-02-02 00:00")], id="one that is over stays"),
    ],
)
def test_taking_an_override_back(start: str, end: str, left: list[object]) -> None:
    schedule = with_override(make_schedule(make_layer("a")), "o1", override(start, end))
    assert [one.end for one in without_override(schedule, "o1", NOW).overrides] == left
