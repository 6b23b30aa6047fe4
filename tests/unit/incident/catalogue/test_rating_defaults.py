"""Priority, severity and urgency of an incident when somebody left them out."""

from __future__ import annotations

from typing import Any

import pytest

from services.incident.catalogue.rating_defaults import UrgencyRule, urgency_for
from services.incident.incidents.commands import Actor, IncidentIn, StatusIn, begin, change
from shared.vocabulary import Priority, Severity, Urgency
from tests.unit.incident.builders import NOW, make_service

SARA = Actor("sara", "sara")


@pytest.mark.parametrize(
    "given, severity, priority",
    [
        pytest.param({}, "critical", "critical", id="nothing: the category failure decides"),
        pytest.param({"category": "security"}, "critical", "critical", id="security"),
        pytest.param({"category": "error"}, "high", "high", id="error"),
        pytest.param({"category": "performance"}, "medium", "medium", id="performance"),
        pytest.param({"category": "change"}, "medium", "medium", id="change"),
        pytest.param({"category": "request"}, "low", "low", id="request"),
        pytest.param({"severity": "low"}, "low", "low", id="priority follows severity before category"),
        pytest.param({"priority": "high", "category": "request"}, "high", "high", id="severity follows priority"),
        pytest.param({"priority": "low", "severity": "critical"}, "critical", "low", id="both are taken as given"),
    ],
)
def test_what_is_left_out_follows_from_what_is_given(given: dict[str, Any], severity: str, priority: str) -> None:
    body = IncidentIn.model_validate({"title": "x", **given})
    made = begin(body, "INC-20261121-0001", None, actor=SARA, now=NOW, cause="c").after
    assert (made.severity, made.priority) == (severity, priority)


@pytest.mark.parametrize(
    "priority, rule, urgency",
    [
        (Priority.CRITICAL, UrgencyRule.BY_PRIORITY, Urgency.HIGH),
        (Priority.HIGH, UrgencyRule.BY_PRIORITY, Urgency.HIGH),
        (Priority.MEDIUM, UrgencyRule.BY_PRIORITY, Urgency.LOW),
        (Priority.LOW, UrgencyRule.BY_PRIORITY, Urgency.LOW),
        (Priority.LOW, UrgencyRule.HIGH, Urgency.HIGH),
        (Priority.CRITICAL, UrgencyRule.LOW, Urgency.LOW),
    ],
)
def test_urgency_comes_from_the_priority_unless_the_service_fixes_it(
    priority: Priority, rule: UrgencyRule, urgency: Urgency
) -> None:
    assert urgency_for(priority, rule) is urgency


def test_a_priority_that_was_given_does_not_follow_the_severity() -> None:
    body = IncidentIn.model_validate({"title": "x", "severity": "low", "priority": "medium"})
    made = begin(body, "INC-20261121-0001", None, actor=SARA, now=NOW, cause="c").after
    worse = change(made, StatusIn(severity=Severity.HIGH), SARA, NOW, "c").after
    assert (worse.severity, worse.priority) == (Severity.HIGH, Priority.MEDIUM)


def test_a_priority_that_was_not_given_follows_the_severity_and_the_timeline_says_so() -> None:
    made = begin(
        IncidentIn.model_validate({"title": "x", "severity": "low"}),
        "INC-20261121-0001",
        None,
        actor=SARA,
        now=NOW,
        cause="c",
    ).after
    edit = change(made, StatusIn(severity=Severity.HIGH), SARA, NOW, "c")
    assert edit.after.priority is Priority.HIGH
    assert [line.text for line in edit.lines] == [
        "severity low → high",
        "priority low → high; both deadlines computed anew from the start",
    ]


def test_an_incident_takes_team_policy_and_urgency_from_its_service() -> None:
    service = make_service(team="money", escalation_policy_id="p", urgency="high")
    body = IncidentIn.model_validate({"title": "x", "severity": "low"})
    made = begin(body, "INC-20261121-0001", service, actor=SARA, now=NOW, cause="c").after.fact()
    assert (made.service_id, made.service_name, made.team) == ("payments", "Payments", "money")
    assert (made.escalation_policy_id, made.urgency) == ("p", Urgency.HIGH)
