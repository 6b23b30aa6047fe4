"""What was said about an incident, as lines of its timeline."""

from __future__ import annotations

import pytest

from services.incident.timeline.communications import communication_entry
from services.incident.timeline.entry import MAX_ENTRY
from shared.events.communication import CommunicationFact, CommunicationKind
from tests.unit.incident.builders import NOW


def said(**fields: object) -> CommunicationFact:
    stated: dict[str, object] = {
        "id": "com_1",
        "incident_id": "INC-20261121-0001",
        "kind": CommunicationKind.WAR_ROOM,
        "text": "the war room is open:",
        "by": "sara",
        "url": "https://meet.example.org/x",
        "at": NOW,
    }
    return CommunicationFact.model_validate(stated | fields)


@pytest.mark.parametrize("kind", list(CommunicationKind))
def test_each_is_a_line_of_its_kind_by_whoever_did_it(kind: CommunicationKind) -> None:
    entry = communication_entry(said(kind=kind))
    assert (entry.kind, entry.author, entry.at) == (kind.value, "sara", NOW)
    assert entry.text == "the war room is open: https://meet.example.org/x"


def test_telling_it_again_makes_the_same_line_and_another_fact_another() -> None:
    assert communication_entry(said()) == communication_entry(said())
    assert communication_entry(said(id="com_2")).id != communication_entry(said()).id


def test_a_long_text_is_cut_and_keeps_its_address() -> None:
    text = communication_entry(said(text="x" * 20_000)).text
    assert len(text) == MAX_ENTRY
    assert text.endswith(" https://meet.example.org/x")


def test_without_an_address_the_text_stands_alone() -> None:
    assert communication_entry(said(url=None)).text == "the war room is open:"
