"""Alert events become incidents: each rule by itself, then any order and repetition of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.incident.alerts.folding import Arrival, Reason
from services.incident.alerts.settling import Effect
from services.incident.incidents.commands import Actor, ResolutionIn, StatusIn, acknowledge, change, resolve
from services.incident.incidents.incident import AUTO, Incident
from services.incident.timers.due import end_due
from shared.vocabulary import AlertStatus, Category, IncidentStatus, PageReason, Priority, Severity
from tests.unit.incident.builders import after, make_arrival
from tests.unit.incident.desk import Desk, batches

FIRING, RESOLVED, STALE = AlertStatus.FIRING, AlertStatus.RESOLVED, AlertStatus.STALE
SARA = Actor("sara", "sara")


def acknowledged(desk: Desk) -> Desk:
    desk.write(acknowledge(desk.only, SARA, after(500)))
    return desk


def test_the_first_alert_of_a_group_opens_an_incident_that_pages() -> None:
    desk = Desk()
    outcome = desk.hear(make_arrival(severity=Severity.MEDIUM, category=Category.PERFORMANCE))
    assert outcome.reasons == [Reason.OPEN_NEW]
    made = desk.only
    assert (made.title, made.service_id, made.status) == ("Disk of a1 is full", "payments", IncidentStatus.TRIGGERED)
    assert (made.severity, made.priority, made.category) == (Severity.MEDIUM, Priority.MEDIUM, Category.PERFORMANCE)
    assert (made.paging.generation, made.paging.answered, made.paging.cause) == (1, 0, "a1-1")
    assert outcome.edits[0].event().type == "incident.opened.v1"


def test_alerts_of_a_group_join_its_open_incident_without_another_page() -> None:
    desk = Desk()
    outcome = desk.hear(make_arrival("a1"), make_arrival("a2"))
    assert outcome.reasons == [Reason.OPEN_NEW, Reason.JOIN]
    assert desk.hear(make_arrival("a3")).reasons == [Reason.JOIN]
    assert (desk.only.alerts.count, desk.only.paging.generation) == (3, 1)
    assert [line.text for line in desk.edits[-1].lines] == ["another alert: Disk of a3 is full"]


def test_an_alert_that_only_adds_to_the_count_is_no_news_to_other_services() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"))
    assert [edit.is_told for edit in desk.hear(make_arrival("a2")).edits] == [False]
    assert [edit.is_told for edit in acknowledged(desk).hear(make_arrival("a3")).edits] == [True]


def test_alerts_of_different_groups_never_meet() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1", group_id="g1"), make_arrival("a2", group_id="g2"))
    assert len(desk.incidents) == 2


def test_many_alerts_that_join_at_once_are_one_line() -> None:
    desk = Desk()
    desk.hear(make_arrival("a0"))
    desk.hear(*(make_arrival(f"a{n}") for n in range(1, 50)))
    assert [line.text for line in desk.edits[-1].lines] == ["49 more alerts, the first: Disk of a1 is full"]


def test_a_new_fingerprint_on_an_acknowledged_incident_pages_again() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"))
    assert acknowledged(desk).hear(make_arrival("a2")).reasons == [Reason.JOIN_PAGE_AGAIN]
    paging = desk.only.paging
    assert (paging.generation, paging.answered, paging.reason, paging.cause) == (2, 1, PageReason.NEW_ALERT, "a2-1")
    assert desk.only.status is IncidentStatus.ACKNOWLEDGED
    # people are being paged already: one more changes nothing about that
    assert desk.hear(make_arrival("a3")).reasons == [Reason.JOIN]
    assert desk.only.paging == paging
    desk.write(acknowledge(desk.only, SARA, after(600)))
    assert not desk.only.unanswered


def test_others_are_told_which_alert_people_are_paged_for() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1", labels={"host": "db-1"}), make_arrival("a2", labels={"host": "db-2"}))
    alert = desk.only.fact().paging.alert
    assert alert is not None
    assert (alert.id, alert.title, alert.labels) == ("a1", "Disk of a1 is full", {"host": "db-1"})
    acknowledged(desk).hear(make_arrival("a3", labels={f"l{n}": "x" for n in range(60)} | {"long": "x" * 1000}))
    alert = desk.only.fact().paging.alert
    assert alert is not None
    assert (alert.id, len(alert.labels)) == ("a3", 50)


def test_a_fingerprint_that_was_there_before_does_not_page_again() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"), make_arrival("a2"))
    desk.hear(make_arrival("a1", 2, status=RESOLVED))
    assert acknowledged(desk).hear(make_arrival("a1-once-more", dedup_key="key-a1")).reasons == [Reason.JOIN]
    assert not desk.only.unanswered


def test_an_incident_says_up_to_which_stamp_its_alerts_joined() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1", stamp="0a"), make_arrival("a2", stamp="0c"))
    desk.hear(make_arrival("a3", stamp="0b"))
    desk.hear(make_arrival("a3", 2, stamp="0d", status=RESOLVED))
    assert desk.only.fact().last_joined == "0c"


def test_an_alert_that_joins_resolved_does_not_page_again() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"))
    assert acknowledged(desk).hear(make_arrival("a2", status=RESOLVED)).reasons == [Reason.ATTACH]
    assert not desk.only.unanswered


@pytest.mark.parametrize("status", [status for status in IncidentStatus if status.is_open], ids=str)
def test_the_last_alert_that_ends_resolves_the_incident_from_any_open_status(status: IncidentStatus) -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"), make_arrival("a2"))
    if status is not IncidentStatus.TRIGGERED:
        desk.write(change(desk.only, StatusIn(status=status), SARA, after(500), "c"))
    desk.hear(make_arrival("a1", 2, status=RESOLVED))
    assert desk.only.status is status
    outcome = desk.hear(make_arrival("a2", 2, status=RESOLVED))
    assert outcome.effects == [Effect.AUTO_RESOLVE]
    assert (desk.only.status, desk.only.resolved_by) == (IncidentStatus.RESOLVED, AUTO)
    assert outcome.edits[0].event().type == "incident.resolved.v1"
    assert desk.edits[-1].lines[-1].text.endswith("every alert ended")


def test_a_stale_alert_keeps_its_incident_open() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"), make_arrival("a1", 2, status=STALE))
    assert (desk.only.status, desk.only.alerts.firing) == (IncidentStatus.TRIGGERED, 0)


def test_what_is_muted_opens_nothing() -> None:
    desk = Desk()
    assert desk.hear(make_arrival(status=AlertStatus.SUPPRESSED)).reasons == [Reason.NOT_FIRING]
    assert not desk.incidents
    assert desk.hear(make_arrival("a1", 2)).reasons == [Reason.OPEN_NEW]


def test_an_alert_that_was_over_before_it_was_heard_of_pages_nobody() -> None:
    desk = Desk()
    outcome = desk.hear(make_arrival("a1", 2, status=RESOLVED))
    assert outcome.reasons == [Reason.BORN_RESOLVED]
    assert desk.only.status is IncidentStatus.RESOLVED
    assert desk.hear(make_arrival("a1", 1)).reasons == [Reason.REPEAT]
    assert len(desk.edits) == 1


def test_a_repeat_writes_nothing() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"))
    assert desk.hear(make_arrival("a1")).edits == []


def test_a_new_occurrence_after_the_end_opens_a_new_incident() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"))
    desk.write(resolve(desk.only, ResolutionIn(), SARA, after(500)))
    assert desk.hear(make_arrival("a1", 2, status=RESOLVED)).reasons == [Reason.MEMBER_UPDATE]
    assert desk.hear(make_arrival("a2", status=RESOLVED)).reasons == [Reason.ATTACH]
    assert desk.hear(make_arrival("a3")).reasons == [Reason.OPEN_NEW]
    assert [one.status for one in desk.incidents.values()] == [IncidentStatus.RESOLVED, IncidentStatus.TRIGGERED]


def test_an_update_of_an_alert_does_not_reopen_what_a_person_resolved() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1"))
    desk.write(resolve(desk.only, ResolutionIn(), SARA, after(500)))
    assert desk.hear(make_arrival("a1", 2, title="still full")).reasons == [Reason.MEMBER_UPDATE]
    assert desk.only.status is IncidentStatus.RESOLVED


def test_a_worse_alert_raises_the_severity_and_the_priority_with_it() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1", severity=Severity.LOW))
    outcome = desk.hear(make_arrival("a2", severity=Severity.HIGH))
    assert outcome.effects == [Effect.SEVERITY_RAISED]
    assert (desk.only.severity, desk.only.priority) == (Severity.HIGH, Priority.HIGH)
    assert desk.only.paging.generation == 1
    desk.hear(make_arrival("a3", severity=Severity.LOW))
    assert desk.only.severity is Severity.HIGH


def test_a_critical_alert_pages_from_the_first_step_again() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1", severity=Severity.HIGH))
    acknowledged(desk).hear(make_arrival("a2", severity=Severity.CRITICAL))
    paging = desk.only.paging
    assert (paging.generation, paging.reason, paging.cause) == (2, PageReason.REESCALATED, "a2-1")


def test_a_severity_that_a_person_chose_stays() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1", severity=Severity.HIGH))
    desk.write(change(desk.only, StatusIn(severity=Severity.LOW), SARA, after(500), "c"))
    desk.hear(make_arrival("a2", severity=Severity.CRITICAL))
    assert desk.only.severity is Severity.LOW


def test_resolving_waits_for_the_delay_and_an_alert_that_fires_again_stops_it() -> None:
    desk = Desk(delay_seconds=60)
    desk.hear(make_arrival("a1"))
    assert desk.hear(make_arrival("a1", 2, status=RESOLVED)).effects == [Effect.RESOLVE_LATER]
    assert (desk.only.status, desk.only.resolve_due_at) == (IncidentStatus.TRIGGERED, after(62))
    assert end_due(desk.only, after(61)).is_empty
    assert end_due(desk.only, after(62)).after.status is IncidentStatus.RESOLVED
    assert desk.hear(make_arrival("a2")).effects == [Effect.FIRES_AGAIN]
    assert end_due(desk.only, after(999)).is_empty


def test_alerts_of_a_merged_incident_go_to_the_survivor() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1", group_id="g1"), make_arrival("b1", group_id="g2"))
    merged, survivor = sorted(desk.incidents)
    gone = resolve(desk.incidents[merged], ResolutionIn(), SARA, after(500)).after
    desk.incidents |= {merged: gone.model_copy(update={"merged_into": survivor})}
    desk.hear(make_arrival("a2", group_id="g1"))
    assert desk.members["a2"].incident_id == survivor
    assert len(desk.incidents) == 2


TAKEN = AlertStatus.ACKNOWLEDGED
ONLY_ALERT = {
    "it is the only open alert": ([("a1", 1, FIRING), ("a1", 2, TAKEN)], IncidentStatus.ACKNOWLEDGED),
    "it was acknowledged before anybody heard of it": ([("a1", 1, TAKEN)], IncidentStatus.ACKNOWLEDGED),
    # of two, one is nobody's yet
    "another alert is open": ([("a1", 1, FIRING), ("a2", 1, FIRING), ("a1", 2, TAKEN)], IncidentStatus.TRIGGERED),
    "the other alert is over": (
        [("a1", 1, FIRING), ("a2", 1, FIRING), ("a2", 2, RESOLVED), ("a1", 2, TAKEN)],
        IncidentStatus.ACKNOWLEDGED,
    ),
    "it is over by now": ([("a1", 1, FIRING), ("a1", 3, RESOLVED), ("a1", 2, TAKEN)], IncidentStatus.RESOLVED),
    # the alert was acknowledged once, and its later news is no other acknowledgement
    "it is told again": (
        [("a1", 1, FIRING), ("a2", 1, FIRING), ("a1", 2, TAKEN), ("a2", 2, RESOLVED), ("a1", 3, TAKEN)],
        IncidentStatus.TRIGGERED,
    ),
}


@pytest.mark.parametrize("events, status", ONLY_ALERT.values(), ids=ONLY_ALERT)
def test_an_alert_acknowledged_where_it_came_from_acknowledges_its_incident_when(
    events: list[tuple[str, int, AlertStatus]], status: IncidentStatus
) -> None:
    desk = Desk()
    for alert, sequence, state in events:
        desk.hear(make_arrival(alert, sequence, status=state))
        desk.check()
    assert desk.only.status is status
    assert desk.only.unanswered is (status is not IncidentStatus.ACKNOWLEDGED)


def test_the_timeline_says_where_it_was_acknowledged() -> None:
    desk = Desk()
    desk.hear(make_arrival("a1", source="pagerduty"))
    outcome = desk.hear(make_arrival("a1", 2, status=TAKEN, source="pagerduty"))
    assert outcome.effects == [Effect.ACKNOWLEDGED]
    assert desk.only.acknowledged_by == "pagerduty"
    assert desk.edits[-1].event().type == "incident.acknowledged.v1"
    assert [line.text for line in desk.edits[-1].lines] == [
        "status triggered → acknowledged: acknowledged in pagerduty: Disk of a1 is full"
    ]


SEVERITIES = st.sampled_from(list(Severity))


@st.composite
def streams(draw: st.DrawFn, alerts: int, groups: int) -> list[Arrival]:
    """Events of a few alerts, in order: each fires, may change, may end; ended is for good, as ingest promises."""
    stream: list[Arrival] = []
    for number in range(draw(st.integers(1, alerts))):
        group = f"g{number % groups if groups < alerts else number}"
        states = [FIRING, *draw(st.lists(st.sampled_from([FIRING, STALE]), max_size=3))]
        states += [RESOLVED] * draw(st.integers(0, 1))
        stream += [
            make_arrival(f"a{number}", sequence, status=status, group_id=group, severity=draw(SEVERITIES))
            for sequence, status in enumerate(states, start=1)
        ]
    return stream


@st.composite
def shuffled(draw: st.DrawFn, alerts: int, groups: int) -> tuple[list[Arrival], list[list[Arrival]]]:
    """A stream, and the same one shuffled, with repetitions, in batches of any size."""
    stream = draw(streams(alerts, groups))
    again = draw(st.lists(st.sampled_from(stream), max_size=6))
    mixed = draw(st.permutations([*stream, *again]))
    return stream, batches(mixed, draw(st.lists(st.integers(0, 50), max_size=8)))


def told(incident: Incident) -> dict[str, Any]:
    """What must not depend on the order: not when it happened, nor how often people were paged on the way."""
    return incident.model_dump(include={"status", "severity", "priority", "alerts", "resolved_by", "group_id", "title"})


def ended(desk: Desk) -> dict[str, tuple[int, AlertStatus]]:
    return {key: (member.seq, member.status) for key, member in desk.members.items()}


@settings(max_examples=60, deadline=None)
@given(shuffled(alerts=3, groups=99))
def test_any_order_and_repetition_of_the_alerts_of_one_incident_ends_in_the_same_state(
    case: tuple[list[Arrival], list[list[Arrival]]],
) -> None:
    stream, mixed = case
    inorder, other = Desk(delay_seconds=3600), Desk(delay_seconds=3600)
    for arrival in stream:
        inorder.hear(arrival)
        inorder.check()
    for batch in mixed:
        other.hear(*batch)
        other.check()
    assert ended(inorder) == ended(other)
    by_group = [{one.group_id: told(one) for one in desk.incidents.values()} for desk in (inorder, other)]
    assert by_group[0] == by_group[1]


@settings(max_examples=60, deadline=None)
@given(shuffled(alerts=5, groups=2))
def test_any_order_and_repetition_counts_every_alert_once_and_leaves_open_what_must_be(
    case: tuple[list[Arrival], list[list[Arrival]]],
) -> None:
    stream, mixed = case
    inorder, other = Desk(), Desk()
    for arrival in stream:
        inorder.hear(arrival)
        inorder.check()
    for batch in mixed:
        other.hear(*batch)
        other.check()
    assert ended(inorder) == ended(other)
    for group in {arrival.fact.group_id for arrival in stream}:
        sides = []
        for desk in (inorder, other):
            mine = [one for one in desk.incidents.values() if one.group_id == group]
            sides.append(
                (
                    sum(one.alerts.count for one in mine),
                    sum(one.alerts.firing for one in mine),
                    any(one.alerts.firing for one in mine if one.status.is_open),
                )
            )
        assert sides[0] == sides[1]


def test_an_alert_that_opens_no_incident_joins_none_either() -> None:
    quiet = make_arrival("quiet", opens_incident=False)
    desk = Desk()
    assert (desk.hear(quiet).reasons, desk.incidents) == ([Reason.OPENS_NO_INCIDENT], {})
    desk.hear(make_arrival("a1"), make_arrival("quiet", 2, opens_incident=False))
    assert desk.only.alerts.count == 1
    desk.hear(make_arrival("quiet", 3, severity=Severity.CRITICAL))
    assert desk.only.alerts.count == 2
