"""Alerts that join the incident of a service that their own needs: counted and waited for, and nobody is paged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.incident.alerts.folding import Arrival, Reason
from services.incident.alerts.settling import Effect
from services.incident.incidents.commands import Actor, acknowledge
from services.incident.incidents.incident import Incident
from shared.events.alerts import EffectOf
from shared.vocabulary import AlertStatus, IncidentStatus, PageReason, Severity
from tests.unit.incident.builders import after, make_arrival, make_incident
from tests.unit.incident.desk import Desk, batches

FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED
SARA = Actor("sara", "sara")


def with_cause(severity: Severity = Severity.CRITICAL, **fields: Any) -> tuple[Desk, str]:
    desk = Desk()
    desk.hear(make_arrival("u1", group_id="users", severity=severity, **fields))
    return desk, desk.only.id


def effect(cause: str, alert: str = "p1", sequence: int = 1, **fields: Any) -> Arrival:
    of = EffectOf(incident_id=cause, service_id="users", path=["payments", "users"])
    return make_arrival(alert, sequence, group_id="payments-effects", effect_of=of, **fields)


def test_an_effect_joins_the_cause_and_the_timeline_says_why() -> None:
    desk, cause = with_cause()
    assert desk.hear(effect(cause)).reasons == [Reason.JOIN_AS_EFFECT]
    assert (desk.only.alerts.count, desk.only.alerts.firing, desk.only.paging.generation) == (2, 2, 1)
    assert [line.text for line in desk.edits[-1].lines] == [
        "an effect of users joined (hard dependency: payments → users): Disk of p1 is full"
    ]


def test_others_are_told_once_which_services_suffer() -> None:
    desk, cause = with_cause()
    assert [edit.is_told for edit in desk.hear(effect(cause)).edits] == [True]
    assert [(one.service_id, one.path) for one in desk.only.fact().effects] == [("payments", ["payments", "users"])]
    assert [edit.is_told for edit in desk.hear(effect(cause, "p2")).edits] == [False]
    assert len(desk.only.effects) == 1


def test_an_effect_on_an_acknowledged_incident_pages_nobody_again() -> None:
    desk, cause = with_cause()
    desk.write(acknowledge(desk.only, SARA, after(500)))
    desk.hear(effect(cause))
    assert not desk.only.unanswered
    # another alert of the service itself does
    assert desk.hear(make_arrival("u2", group_id="users")).reasons == [Reason.JOIN_PAGE_AGAIN]


def test_an_effect_that_becomes_graver_than_its_cause_pages_from_the_first_step() -> None:
    desk, cause = with_cause(Severity.HIGH)
    desk.hear(effect(cause, severity=Severity.MEDIUM))
    desk.write(acknowledge(desk.only, SARA, after(500)))
    desk.hear(effect(cause, sequence=2, severity=Severity.CRITICAL))
    assert (desk.only.severity, desk.only.paging.reason) == (Severity.CRITICAL, PageReason.REESCALATED)


def test_the_incident_waits_for_its_effects_before_it_resolves_itself() -> None:
    desk, cause = with_cause()
    desk.hear(effect(cause))
    desk.hear(make_arrival("u1", 2, group_id="users", status=RESOLVED))
    assert desk.only.status.is_open
    assert desk.hear(effect(cause, sequence=2, status=RESOLVED)).effects == [Effect.AUTO_RESOLVE]


def test_the_end_of_its_effects_alone_does_not_end_what_a_person_opened() -> None:
    desk = Desk()
    desk.incidents = {"INC-20261121-0001": make_incident(severity=Severity.CRITICAL, service_id="users")}
    desk.hear(effect("INC-20261121-0001"))
    desk.hear(effect("INC-20261121-0001", sequence=2, status=RESOLVED))
    assert desk.only.status is IncidentStatus.TRIGGERED
    assert (desk.only.alerts.count, desk.only.alerts.open) == (1, 0)


def test_who_takes_an_effect_where_it_came_from_has_not_taken_its_cause() -> None:
    desk = Desk()
    desk.incidents = {"INC-20261121-0001": make_incident(severity=Severity.CRITICAL, service_id="users")}
    desk.hear(effect("INC-20261121-0001"))
    desk.hear(effect("INC-20261121-0001", sequence=2, status=AlertStatus.ACKNOWLEDGED))
    assert desk.only.status is IncidentStatus.TRIGGERED


def test_the_trouble_did_not_begin_with_an_effect_that_is_older() -> None:
    desk, cause = with_cause()
    desk.hear(effect(cause, starts_at=after(-7200)))
    assert desk.only.started_at == after(0)


OVER = {
    "the cause is over": {"status": IncidentStatus.RESOLVED},
    "the cause is a drill": {"drill_id": "d1"},
}


@pytest.mark.parametrize("fields", OVER.values(), ids=OVER.keys())
def test_an_alert_whose_cause_does_not_take_it_opens_an_incident_that_pages(fields: dict[str, Any]) -> None:
    desk = Desk()
    desk.incidents = {"INC-20261120-0001": make_incident("INC-20261120-0001", **fields)}
    assert desk.hear(effect("INC-20261120-0001"), effect("INC-20261120-0001", "p2")).reasons == [
        Reason.OPEN_NEW,
        Reason.JOIN,
    ]
    assert len(desk.incidents) == 2


def test_an_alert_whose_cause_is_not_known_opens_an_incident_that_pages() -> None:
    desk = Desk()
    assert desk.hear(effect("INC-20261120-0099")).reasons == [Reason.OPEN_NEW]


def test_an_effect_of_a_merged_incident_joins_the_survivor() -> None:
    desk, cause = with_cause()
    survivor = make_incident("INC-20261121-0500", absorbed=[{"id": cause, "offset": 0, "count": 1}])
    merged = desk.only.model_copy(update={"status": IncidentStatus.CLOSED, "merged_into": survivor.id})
    desk.incidents = {cause: merged, survivor.id: survivor}
    assert desk.hear(effect(cause)).reasons == [Reason.JOIN_AS_EFFECT]
    assert desk.members["p1"].incident_id == survivor.id


@st.composite
def streams(draw: st.DrawFn) -> list[Arrival]:
    """A few effects of one incident: each fires, and may end."""
    cause = "INC-20261121-0001"
    stream: list[Arrival] = []
    for number in range(draw(st.integers(1, 4))):
        states = [FIRING] * draw(st.integers(1, 3)) + [RESOLVED] * draw(st.integers(0, 1))
        stream += [
            effect(cause, f"p{number}", sequence, status=status) for sequence, status in enumerate(states, start=1)
        ]
    return stream


def told(incident: Incident) -> dict[str, Any]:
    seen = incident.model_dump(include={"status", "severity", "alerts", "paging", "resolved_by"})
    return {**seen, "effects": [one.service_id for one in incident.effects]}


@settings(max_examples=60, deadline=None)
@given(streams(), st.data())
def test_any_order_and_repetition_of_effects_ends_in_the_same_state(stream: list[Arrival], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(stream), max_size=5))
    mixed = data.draw(st.permutations([*stream, *again]))
    (inorder, _), (other, _) = with_cause(), with_cause()
    for arrival in stream:
        inorder.hear(arrival)
    for batch in batches(mixed, data.draw(st.lists(st.integers(0, 30), max_size=6))):
        other.hear(*batch)
    assert told(inorder.only) == told(other.only)
    assert inorder.only.alerts.effects == len({arrival.fact.id for arrival in stream})
