"""What a batch tells: the facts of one kind, behind the events that tell them, in their order."""

from __future__ import annotations

import pytest

from shared.bus.batches import as_opened, facts_of
from shared.bus.consumer import Delivery
from shared.copies.replica import newest_facts
from shared.events import Event
from shared.events.incidents import ImportedIncidents, IncidentFact, ServiceFact
from shared.testing.examples import example

pytestmark = pytest.mark.unit


def delivery(event: Event) -> Delivery[Event]:
    return Delivery(event, {}, redelivered=False, routing_key=event.type)


def test_the_facts_of_one_kind_are_found_behind_their_events_in_their_order() -> None:
    first, other, last = (example(name) for name in ("incident.opened.v1", "service.changed.v1", "incident.changed.v1"))
    batch = [delivery(event) for event in (first, other, last)]
    assert facts_of(batch, IncidentFact) == [(first, first.data), (last, last.data)]
    assert facts_of(batch, ServiceFact) == [(other, other.data)]


def test_incidents_that_were_imported_together_come_one_by_one_as_if_each_had_been_opened() -> None:
    event = example("history.imported.v1")
    assert isinstance(event.data, ImportedIncidents)
    (one,) = event.data.incidents
    told = event.data.changed(incidents=[one.changed(id=f"INC-20190304-000{n}") for n in (1, 2)])
    opened = [one.payload for one in as_opened([delivery(event.changed(data=told)), delivery(event)])]
    assert [(one.subject, one.sequence, one.type) for one in opened[:2]] == [
        ("INC-20190304-0001", 1, "incident.opened.v1"),
        ("INC-20190304-0002", 1, "incident.opened.v1"),
    ]
    assert [one.data for one in opened] == [*told.incidents, one]
    assert {(one.time, one.causationid) for one in opened} == {(event.time, event.id)}


def test_of_each_subject_the_newest_event_counts_wherever_it_comes_in_the_batch() -> None:
    event = example("incident.changed.v1")
    told = [(event.changed(sequence=sequence), f"at {sequence}") for sequence in (2, 5, 3)]
    apart = (event.changed(subject="another", sequence=1), "apart")
    assert newest_facts([*told, apart]) == {event.subject: told[1], "another": apart}
