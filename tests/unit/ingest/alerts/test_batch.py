from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given

from services.ingest.alerts.batch import AlertEvent, KeyDecision, decide, group_keys, place_all, with_group
from services.ingest.alerts.documents import (
    archive_fields,
    changes,
    head_fields,
    identity_of,
    read_head,
    read_occurrence,
)
from services.ingest.alerts.events import event
from services.ingest.alerts.fold import Head, fold, new_head
from services.ingest.alerts.incident_end import resolves
from services.ingest.catalogue_copy.routing import Directory, Service
from services.ingest.incident_copies.ending import endings, incident_state, may_end_alerts
from services.ingest.intake.message import QueuedAlert
from services.ingest.normalisation.alert import Action
from shared.bus.topology import FIRST
from shared.events import make
from shared.events.alerts import AlertFact
from shared.events.incidents import IncidentFact
from shared.vocabulary import AlertStatus, Category, IncidentStatus, Priority, Severity, Urgency
from tests.unit.ingest.alerts.test_fold import streams
from tests.unit.ingest.builders import T0, at_second, make_taken

pytestmark = pytest.mark.unit

DIRECTORY = Directory([Service("payments", "Payments")])
RETENTION = timedelta(days=90)


def decide_one(*messages: QueuedAlert, head: Head | None = None) -> KeyDecision:
    heads = {} if head is None else {head.id: head}
    (decision,) = decide(heads, {messages[0].head: messages}, DIRECTORY)
    return decision


def test_all_messages_of_a_key_become_one_decision_that_tells_of_each_change() -> None:
    decision = decide_one(make_taken(2, Action.RESOLVE), make_taken(0), make_taken(1), make_taken(3))

    assert [(draft.kind, draft.sequence) for draft in decision.drafts] == [
        (AlertEvent.OPENED, 1),
        (AlertEvent.RESOLVED, 2),
        (AlertEvent.OPENED, 3),
    ]
    assert (decision.must_write, decision.repeats, len(decision.finished)) == (True, 1, 1)


def test_changes_in_one_breath_are_told_once_with_the_last_state() -> None:
    opened = decide_one(make_taken(0)).head
    decision = decide_one(make_taken(1, title="a"), make_taken(2, title="b"), make_taken(3, title="c"), head=opened)

    (draft,) = decision.drafts
    assert (draft.kind, draft.sequence, draft.occurrence.content.title) == (AlertEvent.UPDATED, 4, "c")


def test_a_late_resolve_of_what_fires_again_is_told_as_an_end_and_a_beginning() -> None:
    known = decide_one(make_taken(0, claim="payments"), make_taken(2, claim="payments")).head

    decision = decide_one(make_taken(1, Action.RESOLVE), head=known)

    assert [(one.kind, one.sequence) for one in decision.drafts] == [(AlertEvent.RESOLVED, 2), (AlertEvent.OPENED, 3)]
    ended, begun = (one.occurrence for one in decision.drafts)
    assert (ended, [one.occurrence for one in decision.founded]) == (decision.finished[0], [begun])
    assert (begun.service_id, begun.claim) == ("payments", "payments")


def test_repeats_alone_need_not_be_written() -> None:
    opened = decide_one(make_taken(0)).head
    decision = decide_one(make_taken(1), make_taken(2), head=opened)

    assert (decision.must_write, decision.repeats, decision.newest) == (False, 2, make_taken(2))


@pytest.mark.parametrize("action", [Action.RESOLVE, Action.ACKNOWLEDGE, Action.EDIT])
def test_what_comes_before_its_alert_is_written_at_once_for_any_replica_may_fold_the_alert(action: Action) -> None:
    decision = decide_one(make_taken(1, action))

    assert (decision.must_write, decision.repeats, decision.drafts) == (True, 0, ())


def test_new_alerts_of_one_service_share_a_group_and_only_the_first_goes_ahead() -> None:
    messages = [make_taken(second, key=f"k{second}", claim="Payments") for second in (3, 1, 2)]
    decisions = decide({}, {one.head: [one] for one in messages}, DIRECTORY)
    placement = place_all(decisions, group_keys(decisions), {}, frozenset())

    sent = [
        event(one.head, draft, with_group(draft.occurrence, placement), T0) for one in decisions for draft in one.drafts
    ]

    assert len(set(placement.group_of.values())) == len(placement.changed) == 1
    assert [out.routing_key for out in sent] == ["alert.opened.v1", "alert.opened.v1" + FIRST, "alert.opened.v1"]
    facts = [out.event.data for out in sent]
    assert {fact.service_id for fact in facts if isinstance(fact, AlertFact)} == {"payments"}


def test_a_group_whose_incident_is_over_is_joined_no_more() -> None:
    first = decide({}, {"h": [make_taken(0, key="a")]}, DIRECTORY)
    founded = place_all(first, group_keys(first), {}, frozenset())
    (group,) = founded.changed
    later = decide({}, {"h": [make_taken(9, key="b")]}, DIRECTORY)
    keys = group_keys(later)

    joined = place_all(later, keys, {group.id: group}, frozenset())
    anew = place_all(later, keys, {group.id: group}, frozenset({group.group_id}))

    assert set(joined.group_of.values()) == {group.group_id}
    assert set(anew.group_of.values()) != {group.group_id}


@given(stream=streams(tokens=True))
def test_a_head_is_read_as_it_was_written(stream: list[QueuedAlert]) -> None:
    head = new_head(stream[0])
    for message in stream:
        before, head = head, fold(head, message, "payments").head
        written = head_fields(head, T0, RETENTION)
        stored = {"_id": head.id, "version": 0} | {name: value for name, value in written.items() if value is not None}

        assert read_head(stored, T0) == head
        known = head_fields(before, T0, RETENTION)
        assert known | changes(before, head, T0, RETENTION) == written


def test_what_was_only_remembered_is_forgotten_after_a_quarter_of_an_hour() -> None:
    head = fold(new_head(make_taken(0)), make_taken(0, Action.RESOLVE), None).head
    stored = {"_id": head.id, "version": 1, **head_fields(head, T0, RETENTION)}

    assert read_head(stored, at_second(899)).moves == head.moves
    forgotten = read_head(stored, at_second(900))
    assert (forgotten.moves, forgotten.version) == ((), 1)


def test_the_archive_keeps_the_finished_alert() -> None:
    decision = decide_one(make_taken(0), make_taken(1, Action.RESOLVE), make_taken(2))
    (finished,) = decision.finished
    stored = {"_id": finished.id, **archive_fields(decision.head, finished, T0, RETENTION)}

    assert read_occurrence(stored) == finished
    assert identity_of(stored).id == decision.head.id
    assert stored["expire_at"] == T0 + RETENTION


def incident_over(**fields: object) -> IncidentFact:
    given: dict[str, object] = {
        "id": "INC-1",
        "title": "x",
        "status": IncidentStatus.RESOLVED,
        "severity": Severity.HIGH,
        "priority": Priority.HIGH,
        "category": Category.FAILURE,
        "urgency": Urgency.HIGH,
        "group_id": "g",
        "created_at": T0,
        "resolved_at": at_second(60),
        "resolved_by": "sara",
        **fields,
    }
    return IncidentFact.model_validate(given)


@pytest.mark.parametrize(
    "fields, group",
    [
        ({}, "g"),
        ({"status": IncidentStatus.CLOSED}, "g"),
        ({"resolved_by": "auto"}, None),
        ({"resolved_by": None}, None),
        ({"status": IncidentStatus.MONITORING}, None),
        # its alerts belong to the survivor now
        ({"merged_into": "INC-2"}, None),
        ({"imported": True}, None),
        # alerts may have joined it as effects
        ({"group_id": None}, ""),
    ],
)
def test_only_a_persons_decision_ends_the_alerts_of_an_incident(fields: dict[str, object], group: str | None) -> None:
    told = incident_state(incident_over(**fields), T0)

    assert [ending.part.group_id for ending in endings(told, {told.id: told})] == ([] if group is None else [group])
    assert may_end_alerts(told) or group is None


def test_a_person_ends_the_alerts_that_began_before_and_none_that_began_after() -> None:
    event = make("incident.resolved.v1", subject="INC-1", sequence=2, time=T0, data=incident_over())
    told = incident_state(incident_over(), T0)
    (ending,) = endings(told, {told.id: told})
    before, after = decide_one(make_taken(59)).head, decide_one(make_taken(61, key="k2")).head

    one, other = resolves([before, after], ending, event, Directory([Service("payments", "p", (), None, (), 60)]))

    ended, unharmed = fold(before, one, None).head, fold(after, other, None).head
    assert ended.occurrence is not None
    assert (ended.occurrence.status, ended.occurrence.ends_at) == (AlertStatus.RESOLVED, at_second(60))
    assert unharmed.occurrence == after.occurrence
    assert fold(ended, one, None).head == ended
    assert one.until == at_second(60 + 3600)
