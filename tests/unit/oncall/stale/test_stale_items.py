"""An override that ended while whom it put on duty has an open incident, and drills whose incidents nobody ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.oncall.stale.stale_items import ended_overrides, forgotten_drill
from tests.unit.oncall.drills.drill_builders import heard, incident_fact, make_running
from tests.unit.oncall.escalations import START, Walk, make_directory, make_incident, make_policy, make_user
from tests.unit.oncall.schedule_builders import make_layer, make_override, make_schedule

pytestmark = pytest.mark.unit

ENDS = datetime(2026, 6, 1, 13, tzinfo=UTC)
OVERRIDE = make_override("replace", "b", "2026-06-01 11:00", "2026-06-01 13:00")
LAYER = make_layer("a", starts_at="2026-01-05T00:00:00")
DIRECTORY = make_directory(
    make_policy("schedule:s"),
    users={name: make_user(name) for name in "ab"},
    schedules={"s": make_schedule(LAYER, overrides=(OVERRIDE,))},
)


def test_whoever_is_on_duty_now_is_told_that_the_one_who_was_paged_is_not_any_more() -> None:
    escalation = Walk(DIRECTORY).hear(make_incident(team="web")).state
    assert list(ended_overrides([escalation], DIRECTORY, START)) == [], "it has not ended"
    (item,) = ended_overrides([escalation], DIRECTORY, ENDS)
    assert (item.kind, item.subject, item.since) == ("override_ended", "INC-1", ENDS)
    assert (item.owner, item.people, item.team) == ("a", ["a"], "web")
    assert item.path == "/incidents/INC-1/roles"


def test_who_was_paged_by_the_plan_itself_or_is_on_duty_again_is_no_news() -> None:
    later = Walk(DIRECTORY, now=ENDS + timedelta(minutes=1)).hear(make_incident()).state
    assert list(ended_overrides([later], DIRECTORY, ENDS + timedelta(hours=1))) == [], "paged after it ended"
    drill = Walk(DIRECTORY).hear(make_incident(drill_id="d")).state
    assert list(ended_overrides([drill], DIRECTORY, ENDS)) == []
    again = make_override("add", "b", "2026-06-01 13:00", "2026-06-01 15:00", name="o2")
    both = make_directory(
        make_policy("schedule:s"),
        users=DIRECTORY.users,
        schedules={"s": make_schedule(LAYER, overrides=(OVERRIDE, again))},
    )
    assert list(ended_overrides([Walk(both).hear(make_incident()).state], both, ENDS)) == []


def test_a_drill_that_is_over_with_open_incidents_is_its_peoples_to_end() -> None:
    item = forgotten_drill(heard(make_running(), incident_fact()).drill)
    assert (item.kind, item.subject, item.path) == ("drill_forgotten", "d1", "/drills/d1/cancel")
    assert (item.people, item.team) == (["sara", "kenji"], "data")
    assert "INC-1" in item.action
