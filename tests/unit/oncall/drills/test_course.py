"""A drill begins, sends its alerts in time, hears of its incidents in any order, and ends once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from services.oncall.drills.course import hear, stop, tick
from services.oncall.drills.drill import DrillReason, PagedPeople
from services.oncall.drills.paging import own_policy, policy_id, to_page
from services.oncall.drills.recurrence import next_start, require_rule
from services.oncall.drills.scenario import AlertPlace, Scenario, lay_out, scenario_of
from services.oncall.drills.shipped import SHIPPED
from shared.events.oncall import DrillState
from shared.problem import Problem
from shared.questions.drill import PastAlert, PastIncident
from shared.vocabulary import Category, IncidentStatus, Severity, Urgency
from tests.unit.oncall.drills.drill_builders import (
    NOW,
    SERVICES,
    heard,
    holder,
    incident_fact,
    later,
    make_drill,
    make_running,
    make_scenario,
)

pytestmark = pytest.mark.unit

STORY = ({"title": "down"}, {"title": "worse", "after_seconds": 60}, {"title": "down", "after_seconds": 90})


def test_alerts_are_sent_when_their_time_has_come_and_each_once() -> None:
    turn = tick(make_drill(*STORY), NOW)
    assert (turn.drill.state, turn.is_told, turn.first) == (DrillState.RUNNING, True, 0)
    assert [one.alert.title for one in turn.alerts] == ["down"]
    assert turn.drill.due_at == later(60)
    turn = tick(turn.drill, later(200))
    assert ([one.alert.title for one in turn.alerts], turn.first) == (["worse", "down"], 1)
    assert turn.drill.due_at == later(3600), "then only its time may be up"
    assert tick(turn.drill, later(201)).alerts == ()


def test_nothing_happens_before_its_time_and_what_was_missed_by_far_does_not_begin() -> None:
    drill = make_drill(starts_at=later(3600))
    assert tick(drill, later(3599)).drill == drill
    missed = tick(drill, later(3600 + 901))
    assert (missed.drill.state, missed.drill.reason) == (DrillState.CANCELLED, DrillReason.MISSED)
    assert missed.alerts == ()


def test_it_ends_when_all_was_sent_and_every_incident_is_resolved() -> None:
    drill = make_running(*STORY)
    resolved = incident_fact("resolved", resolved_at=later(50))
    assert heard(drill, incident_fact(), resolved).drill.state is DrillState.RUNNING, "alerts are still to come"
    drill = tick(drill, later(100)).drill
    assert heard(drill, incident_fact()).drill.state is DrillState.RUNNING
    turn = heard(drill, incident_fact(), resolved, at=200)
    assert (turn.drill.state, turn.drill.reason, turn.is_told) == (
        DrillState.FINISHED,
        DrillReason.ALL_RESOLVED,
        True,
    )
    assert turn.drill.due_at == turn.drill.ended_at, "its score is due"


def test_what_is_resolved_before_the_last_alert_was_sent_is_over_soon_after_it() -> None:
    resolved = incident_fact("resolved", resolved_at=later(50))
    drill = heard(
        make_running({"title": "a"}, {"title": "a", "status": "resolved", "after_seconds": 60}), resolved
    ).drill
    assert drill.due_at == later(60)
    drill = tick(drill, later(60)).drill
    assert (drill.state, drill.due_at) == (DrillState.RUNNING, later(65)), "another incident may be on its way"
    late = hear(drill, incident_fact(id="INC-2"), 1, later(62)).drill
    assert late.due_at == later(3600)
    assert tick(drill, later(65)).drill.reason is DrillReason.ALL_RESOLVED


def test_it_ends_when_its_time_is_up_and_leaves_its_incidents_to_people() -> None:
    drill = heard(make_running(duration_seconds=600), incident_fact()).drill
    turn = tick(drill, later(600))
    assert (turn.drill.state, turn.drill.reason) == (DrillState.FINISHED, DrillReason.TIME_IS_UP)
    assert turn.drill.has_open_incidents
    assert not turn.drill.ends_incidents
    stopped = stop(turn.drill, DrillReason.STOPPED, "sara", later(700)).drill
    assert (stopped.state, stopped.ends_incidents) == (DrillState.FINISHED, True), "somebody closes what was forgotten"


def test_a_stopped_one_sends_nothing_more_and_ends_incidents_that_open_late() -> None:
    turn = stop(make_running(*STORY), DrillReason.STOPPED, "sara", later(10))
    assert (turn.drill.state, turn.drill.due_at, turn.drill.fact().ends_incidents) == (DrillState.CANCELLED, None, True)
    late = hear(turn.drill, incident_fact(), 1, later(11))
    assert late.is_told, "it is told again, so that this one ends too"
    assert late.drill.fact().incidents == ["INC-1"]
    assert not hear(late.drill, incident_fact(title="new"), 2, later(12)).is_told
    with pytest.raises(Problem) as refused:
        stop(turn.drill, DrillReason.STOPPED, "sara", later(12))
    assert refused.value.code == "drill_is_over"


def test_news_of_an_incident_in_any_order_and_number_end_in_the_same_drill() -> None:
    facts = [
        (1, incident_fact()),
        (2, incident_fact("acknowledged", acknowledged_at=later(30), acknowledged_by="sara")),
        (3, incident_fact("investigating", acknowledged_at=later(30), roles=[holder("commander", "sara", 40)])),
        (4, incident_fact("investigating", acknowledged_at=later(30), roles=[holder("commander", "kenji", 70)])),
    ]
    ends = []
    for order in permutations(facts):
        drill = make_running()
        for sequence, fact in (*order, order[0]):
            drill = hear(drill, fact, sequence, later(80)).drill
        ends.append(drill)
    assert all(one == ends[0] for one in ends)
    assert [(one.role, one.user_id) for one in ends[0].incidents[0].roles] == [
        ("commander", "sara"),
        ("commander", "kenji"),
    ]


def test_the_next_of_a_series_is_planned_when_one_begins() -> None:
    zone = "Europe/Berlin"
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    drill = make_drill(starts_at=NOW, rrule="FREQ=MONTHLY;BYDAY=1TU", time_zone=zone)
    turn = tick(drill, NOW)
    assert turn.successor is not None
    assert turn.successor.starts_at == datetime(2026, 7, 7, 8, tzinfo=UTC)
    assert turn.drill.successor == turn.successor.id
    assert tick(drill, NOW).successor == turn.successor, "the same, whoever makes it"
    assert tick(turn.successor, turn.successor.starts_at).successor is not None
    rule = require_rule("FREQ=MONTHLY")
    assert next_start(rule, start, start, zone) == datetime(2026, 4, 1, 8, tzinfo=UTC), "by the clock on the wall"
    assert next_start(require_rule("FREQ=DAILY;COUNT=2"), start, start + timedelta(days=1), zone) is None


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "every week",
        "FREQ=WEEKLY;BYDAY=2MO", "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", "FREQ=DAILY\nRDATE:20260101",
        "FREQ=YEARLY;BYHOUR=3",
        "FREQ=MONTHLY;BYMONTH=13", "FREQ=DAILY;FREQ=DAILY", "FREQ=MONTHLY;INTERVAL=0", "", "FREQ=DAILY;UNTIL=never",
    ],
)  # fmt: skip
def test_a_rule_that_may_never_come_or_is_none_is_refused(rule: str) -> None:
    with pytest.raises(Problem) as refused:
        require_rule(rule)
    assert refused.value.errors[0].pointer == "/rrule"


def test_alerts_are_laid_out_on_the_service_those_that_need_it_and_its_team_and_on_no_other_teams() -> None:
    scenario = make_scenario(
        {"title": "all", "on": "team", "after_seconds": 5},
        {"title": "own", "severity": "low"},
        {"title": "near", "on": "dependents"},
        {"title": "named", "service": "wiki"},
    )
    laid_out = lay_out(scenario, Severity.CRITICAL, "db", SERVICES)
    assert [(at, one.title, one.service, one.severity) for at, one in laid_out] == [
        (0, "own", "db", Severity.LOW),
        (0, "near", "shop", Severity.CRITICAL),
        (0, "named", "wiki", Severity.CRITICAL),
        (5, "all", "db", Severity.CRITICAL),
        (5, "all", "shop", Severity.CRITICAL),
    ]
    twice = lay_out(make_scenario({"title": "x"}, {"title": "x", "status": "resolved"}), None, "db", SERVICES)
    assert len({one.dedup_key for _, one in twice}) == 1, "a resolve ends the alert of its title"


def test_the_shipped_scenarios_are_read_and_have_alerts_on_any_service() -> None:
    assert set(SHIPPED) == {"bad-deploy", "certificate", "database-outage", "region-loss"}
    for one in SHIPPED.values():
        assert one.description
        assert lay_out(one, None, "db", SERVICES)
        assert one.alerts[0].on in (AlertPlace.SERVICE, AlertPlace.TEAM)


def test_a_past_incident_is_played_again_at_its_times() -> None:
    past = PastIncident(
        id="INC-7",
        title="disk is full",
        severity=Severity.HIGH,
        category=Category.FAILURE,
        created_at=NOW,
        alerts=[
            PastAlert(title="disk", severity=Severity.HIGH, joined_at=NOW, ended_at=later(300)),
            PastAlert(title="errors", severity=Severity.CRITICAL, joined_at=later(60)),
            PastAlert(title="much later", severity=Severity.LOW, joined_at=later(9000)),
        ],
    )
    played = scenario_of(past, 3600)
    assert [(one.after_seconds, one.title, one.status) for one in played.alerts] == [
        (0, "disk", "firing"),
        (300, "disk", "resolved"),
        (60, "errors", "firing"),
    ]
    assert played.alerts[0].dedup_key == played.alerts[1].dedup_key != played.alerts[2].dedup_key
    alone: Scenario = scenario_of(past.changed(alerts=[]), 3600)
    assert [one.title for one in alone.alerts] == ["disk is full"]


def test_what_the_engine_is_told_of_a_drills_incident() -> None:
    drill = make_running()
    fact = incident_fact()
    assert to_page(drill, fact) == fact
    stopped = stop(drill, DrillReason.STOPPED, "sara", later(5)).drill
    assert to_page(stopped, fact).status is IncidentStatus.RESOLVED, "a stopped drill pages nobody"
    alone = make_running(paged=PagedPeople(user_ids=("sara",), urgency=Urgency.LOW))
    assert (to_page(alone, fact).escalation_policy_id, to_page(alone, fact).urgency) == (policy_id(alone), Urgency.LOW)
    policy = own_policy(alone)
    assert policy is not None
    assert [target.id for step in policy.steps for target in step.targets] == ["sara"]
