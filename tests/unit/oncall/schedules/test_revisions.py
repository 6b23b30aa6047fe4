"""Edits of a schedule leave the past as it was."""

from __future__ import annotations

import pytest

from services.oncall.schedules.plan import OverrideRequest
from services.oncall.schedules.revisions import replanned, with_override, without_override
from services.oncall.schedules.shifts import on_call
from tests.unit.oncall.schedule_builders import make_layer, make_schedule, utc

pytestmark = pytest.mark.unit

NOW = utc("2026-03-01 12:00")


def test_a_changed_plan_holds_from_the_edit_on() -> None:
    edited = replanned(make_schedule(make_layer("a")), "new", None, make_schedule(make_layer("z")).plan, NOW)
    assert on_call(edited, utc("2026-03-01 11:59")) == {"a"}
    assert on_call(edited, NOW) == {"z"}


def test_a_new_name_is_no_new_plan() -> None:
    schedule = make_schedule(make_layer("a"))
    assert len(replanned(schedule, "new", "payments", schedule.plan, NOW).revisions) == 1


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
