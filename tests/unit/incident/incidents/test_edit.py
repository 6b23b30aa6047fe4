"""Edits: which event tells of them, and what the timeline gets."""

from __future__ import annotations

import pytest

from services.incident.incidents.alert_member import member_of
from services.incident.incidents.api.views import incident_view
from services.incident.incidents.commands import Actor, ResolutionIn, StatusIn, acknowledge, change, resolve
from services.incident.incidents.edit import Edit, event_name
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.alert_members import newest_of
from services.incident.timeline.entry import EntryKind, Line, entries_of
from shared.vocabulary import AlertStatus, IncidentStatus
from tests.unit.incident.builders import NOW, after, make_fact, make_incident

SARA = Actor("sara", "sara")
TAKEN = acknowledge(make_incident(), SARA, NOW).after
RESOLVED = resolve(make_incident(), ResolutionIn(), SARA, NOW).after


def moved(incident: Incident, to: IncidentStatus) -> Incident:
    return change(incident, StatusIn(status=to), SARA, NOW, "c").after


@pytest.mark.parametrize(
    "before, changed, name",
    [
        pytest.param(None, make_incident(), "opened", id="begins"),
        pytest.param(None, RESOLVED, "opened", id="begins resolved"),
        pytest.param(make_incident(), TAKEN, "acknowledged", id="is taken"),
        pytest.param(make_incident(), RESOLVED, "resolved", id="is resolved"),
        pytest.param(RESOLVED, moved(RESOLVED, IncidentStatus.CLOSED), "resolved", id="is closed"),
        pytest.param(TAKEN, moved(TAKEN, IncidentStatus.MONITORING), "changed", id="work goes on"),
        pytest.param(TAKEN, TAKEN.model_copy(update={"impact": "x"}), "changed", id="anything else"),
    ],
)
def test_one_event_tells_of_a_change(before: Incident | None, changed: Incident, name: str) -> None:
    assert event_name(before, changed) == f"incident.{name}.v1"


def test_telling_a_change_again_makes_the_same_event() -> None:
    edit = Edit(make_incident(version=6), TAKEN, NOW)
    assert edit.event() == edit.event()
    assert edit.event().sequence == 7


def test_entries_of_one_change_sort_as_they_were_decided_and_before_those_of_the_next() -> None:
    lines = tuple(Line(EntryKind.NOTE, str(number)) for number in range(12))
    entries = [*entries_of("INC-20261121-0001", 2, NOW, lines), *entries_of("INC-20261121-0001", 10, NOW, lines)]
    assert [entry.text for entry in sorted(entries, key=lambda entry: (entry.at, entry.id))] == [
        str(number % 12) for number in range(24)
    ]


def test_of_a_member_the_newest_state_counts_wherever_it_waits() -> None:
    fact = make_fact()
    stored = member_of("INC-20261121-0001", 1, fact, 1, NOW)
    waiting = member_of("INC-20261121-0001", 1, make_fact(status=AlertStatus.RESOLVED), 2, NOW)
    assert newest_of([stored, waiting]) == newest_of([waiting, stored]) == {"a1": waiting}


def test_an_incident_shows_every_field_of_the_contract() -> None:
    view = incident_view(TAKEN, after(1)).model_dump()
    contract = """id title status severity priority category service_id drill assignees roles alerts
        affected_components impact blast_radius suspected_changes sla created_at acknowledged_at resolved_at version"""
    assert set(contract.split()) <= view.keys()
    assert view["alerts"] == {"count": 0, "firing": 0}
    assert (view["blast_radius"]["upstream"], view["blast_radius"]["downstream"]) == ([], [])
    assert view["sla"]["response"].keys() == {"due_at", "state"}
