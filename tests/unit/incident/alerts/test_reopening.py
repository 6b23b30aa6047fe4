"""A reopened incident takes its alerts again, and pages for each once."""

from __future__ import annotations

from services.incident.alerts.folding import Reason
from services.incident.alerts.settling import Effect
from services.incident.incidents.commands import Actor, ResolutionIn, StatusIn, acknowledge, change, resolve
from services.incident.incidents.incident import Incident
from shared.vocabulary import AlertStatus, IncidentStatus, PageReason
from tests.unit.incident.builders import after, make_arrival
from tests.unit.incident.desk import Desk

RESOLVED = AlertStatus.RESOLVED
SARA = Actor("sara", "sara")


def acknowledged(desk: Desk) -> Desk:
    desk.write(acknowledge(desk.only, SARA, after(600)))
    return desk


def reopened(desk: Desk, *, id: str | None = None, second: float = 550) -> Incident:
    incident = desk.incidents[id] if id else desk.only
    desk.write(change(incident, StatusIn(status=IncidentStatus.INVESTIGATING), SARA, after(second), "c"))
    return desk.incidents[incident.id]


def resolved_by_sara(desk: Desk) -> Desk:
    desk.write(resolve(desk.only, ResolutionIn(), SARA, after(540)))
    return desk


def later(desk: Desk, second: int) -> Desk:
    desk.second = second
    return desk


def test_a_reopened_incident_takes_its_alerts_again_and_pages_for_each_once() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"), make_arrival("b1"))
    desk.hear(make_arrival("a1", 2, status=RESOLVED), make_arrival("b1", 2, status=RESOLVED))
    again = reopened(desk)
    assert not again.unanswered

    assert later(desk, 560).hear(make_arrival("a2", dedup_key="key-a1")).reasons == [Reason.JOIN_PAGE_AGAIN]

    assert (desk.only.paging.reason, desk.only.alerts.count) == (PageReason.NEW_ALERT, 3)
    acknowledged(desk)
    assert desk.hear(make_arrival("b2", dedup_key="key-b1")).reasons == [Reason.JOIN_PAGE_AGAIN]
    acknowledged(desk)
    desk.hear(make_arrival("a2", 2, dedup_key="key-a1", status=RESOLVED))
    assert desk.hear(make_arrival("a3", dedup_key="key-a1")).reasons == [Reason.JOIN]
    assert not desk.only.unanswered


def test_a_reopened_incident_does_not_end_with_alerts_that_had_ended_before() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"))
    reopened(resolved_by_sara(desk))
    # that the person's resolve ended the alert is heard of after the reopening
    assert desk.hear(make_arrival("a1", 2, status=RESOLVED)).effects == []
    assert desk.only.status is IncidentStatus.INVESTIGATING

    later(desk, 560).hear(make_arrival("a2", dedup_key="key-a1"))
    assert desk.hear(make_arrival("a2", 2, status=RESOLVED)).effects == [Effect.AUTO_RESOLVE]


def test_a_reopened_incident_waits_for_the_alerts_that_joined_it_since_and_for_those_before() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"))
    reopened(resolved_by_sara(desk))
    later(desk, 560).hear(make_arrival("a2", dedup_key="key-a1"))
    assert desk.hear(make_arrival("a2", 2, status=RESOLVED)).effects == []
    assert desk.hear(make_arrival("a1", 2, status=RESOLVED)).effects == [Effect.AUTO_RESOLVE]


def test_of_two_open_incidents_of_a_group_the_later_one_takes_alerts_until_it_ends() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"))
    first = resolved_by_sara(desk).only.id
    desk.hear(make_arrival("a2"))
    (second,) = desk.incidents.keys() - {first}
    reopened(desk, id=first)
    desk.hear(make_arrival("a3"))
    assert [desk.incidents[key].alerts.count for key in (first, second)] == [1, 2]

    desk.write(resolve(desk.incidents[second], ResolutionIn(), SARA, after(570)))
    desk.hear(make_arrival("a4"))
    assert [desk.incidents[key].alerts.count for key in (first, second)] == [2, 2]
