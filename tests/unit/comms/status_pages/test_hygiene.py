"""What a page should say by the open incidents, and what is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.comms.incident_copies.disclosure import NotPublic, why_not_public
from services.comms.status_pages.hygiene import Flaw, findings
from services.comms.status_pages.page import ComponentState, UpdateStatus
from services.comms.status_pages.post_update import take_update
from services.comms.status_pages.suggestions import OpenIncident, Why, open_incidents, suggestions
from shared.events.incidents import IncidentFact
from shared.vocabulary import IncidentStatus, Severity
from tests.unit.comms.builders import make_incident
from tests.unit.comms.status_pages.pages import NOON, ask, make_page

MINUTES = timedelta(minutes=1)
DOWN, CARE = ComponentState.MAJOR_OUTAGE, ComponentState.UNDER_MAINTENANCE


def incident(severity: Severity = Severity.CRITICAL, service: str = "payments", key: str = "INC-1") -> OpenIncident:
    return OpenIncident(key, service, severity, None)


@pytest.mark.parametrize(
    "severity, state",
    [
        pytest.param(Severity.CRITICAL, ComponentState.MAJOR_OUTAGE, id="critical"),
        pytest.param(Severity.HIGH, ComponentState.PARTIAL_OUTAGE, id="high"),
        pytest.param(Severity.MEDIUM, ComponentState.DEGRADED_PERFORMANCE, id="medium"),
        pytest.param(Severity.LOW, None, id="low"),
    ],
)
def test_an_open_incident_suggests_a_state_by_its_severity(severity: Severity, state: ComponentState | None) -> None:
    found = suggestions(make_page(), [incident(severity)])
    assert [one.state for one in found] == ([state] if state else [])


def test_the_worst_incident_decides() -> None:
    found = suggestions(make_page(), [incident(Severity.MEDIUM), incident(Severity.HIGH, key="INC-2")])
    assert (found[0].state, [one.id for one in found[0].incidents]) == (
        ComponentState.PARTIAL_OUTAGE,
        ["INC-2", "INC-1"],
    )


def test_a_component_that_nobody_speaks_of_any_more_should_be_operational() -> None:
    first = take_update(make_page(), ask(UpdateStatus.INVESTIGATING, ("api", DOWN)), NOON)
    assert suggestions(first.page, []) == []
    end = ask(UpdateStatus.RESOLVED, ("api", ComponentState.DEGRADED_PERFORMANCE), id="u2", post_id=first.post.id)
    over = take_update(first.page, end, NOON)
    assert [(one.state, one.why) for one in suggestions(over.page, [])] == [
        (ComponentState.OPERATIONAL, Why.INCIDENTS_OVER)
    ]


def test_a_maintenance_is_left_alone() -> None:
    page = take_update(make_page(), ask(UpdateStatus.IN_PROGRESS, ("api", CARE)), NOON).page
    assert suggestions(page, [incident()]) == []


@pytest.mark.parametrize(
    "marks, refusal",
    [
        pytest.param({}, None, id="a real one"),
        pytest.param({"drill_id": "d1"}, NotPublic.DRILL, id="a drill"),
        pytest.param({"imported": True}, NotPublic.IMPORTED, id="an imported one"),
        pytest.param({"prediction_id": "p1", "urgency": "low"}, NotPublic.FORECAST, id="a quiet prediction"),
        pytest.param({"prediction_id": "p1", "urgency": "high"}, None, id="a prediction that became urgent"),
    ],
)
def test_what_may_not_be_published_suggests_nothing(marks: dict[str, Any], refusal: NotPublic | None) -> None:
    fact = IncidentFact.model_validate(make_incident(service_id="payments").model_dump() | marks)
    assert why_not_public(fact) is refusal
    assert len(open_incidents([fact])) == (refusal is None)


@pytest.mark.parametrize(
    "status, merged",
    [(IncidentStatus.RESOLVED, None), (IncidentStatus.CLOSED, None), (IncidentStatus.TRIGGERED, "INC-9")],
)
def test_what_is_over_or_merged_suggests_nothing(status: IncidentStatus, merged: str | None) -> None:
    assert len(open_incidents([make_incident(service_id="payments")])) == 1
    assert open_incidents([make_incident(service_id="payments", status=status, merged_into=merged)]) == []


def test_a_page_that_says_fine_while_an_incident_is_open_is_found() -> None:
    found = findings(make_page(), [incident(), incident(Severity.LOW, "shop", "INC-2")], NOON)
    assert [(one.flaw, one.component_id) for one in found] == [(Flaw.SAYS_FINE, "api")]


def test_a_page_that_falls_silent_is_found() -> None:
    page = take_update(make_page(), ask(UpdateStatus.INVESTIGATING, ("api", DOWN)), NOON).page
    assert findings(page, [incident()], NOON + 29 * MINUTES) == []
    assert [one.flaw for one in findings(page, [incident()], NOON + 30 * MINUTES)] == [Flaw.NO_UPDATE]


@pytest.mark.parametrize(
    "status, more, after, forgotten",
    [
        pytest.param("in_progress", {"scheduled_until": NOON + 60 * MINUTES}, 59, False, id="still going on"),
        pytest.param("in_progress", {"scheduled_until": NOON + 60 * MINUTES}, 61, True, id="past its end"),
        pytest.param("verifying", {"scheduled_until": NOON + 60 * MINUTES}, 61, True, id="verified for ever"),
        pytest.param("in_progress", {}, 60 * 13, True, id="without an end"),
        pytest.param("scheduled", {"scheduled_for": NOON + 5 * MINUTES, "automatic": False}, 6, True, id="never begun"),
    ],
)
def test_a_maintenance_that_everybody_forgot_is_found(
    status: str, more: dict[str, Any], after: int, forgotten: bool
) -> None:
    page = take_update(make_page(), ask(UpdateStatus(status), ("api", CARE), **more), NOON).page
    found = [one.flaw for one in findings(page, [], NOON + after * MINUTES)]
    assert found == ([Flaw.MAINTENANCE_FORGOTTEN] if forgotten else [])
