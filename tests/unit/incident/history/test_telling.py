"""What others are told of imported incidents: many in one message, more messages where one would be too large."""

from __future__ import annotations

import pytest

from services.incident.history.telling import MOST_BYTES, messages_of
from services.incident.incidents.incident import Incident
from shared.events import read
from shared.events.incidents import ImportedIncidents
from tests.unit.incident.builders import NOW, make_incident

pytestmark = pytest.mark.unit


def imported(number: int, *, description: str = "") -> Incident:
    return make_incident(f"INC-20190304-{number:04d}", imported=True, description=description)


def told(messages: list[tuple[str, bytes, str]]) -> list[list[str]]:
    facts = [read(body).data for _, body, _ in messages]
    return [[one.id for one in fact.incidents] for fact in facts if isinstance(fact, ImportedIncidents)]


def test_a_hundred_incidents_are_one_message_and_none_is_no_message() -> None:
    incidents = [imported(number) for number in range(1, 101)]
    messages = messages_of("his_1", incidents, NOW)
    assert told(messages) == [[one.id for one in incidents]]
    assert messages == messages_of("his_1", incidents, NOW)
    assert messages_of("his_1", [], NOW) == []


def test_what_would_be_too_large_is_told_in_several_messages_each_with_an_id_of_its_own() -> None:
    incidents = [imported(number, description="x" * (MOST_BYTES // 3)) for number in range(1, 8)]
    messages = messages_of("his_1", incidents, NOW)
    assert [key for part in told(messages) for key in part] == [one.id for one in incidents]
    assert all(len(body) <= MOST_BYTES for _, body, _ in messages)
    assert len({name for _, _, name in messages}) == len(messages) > 3


def test_one_that_is_too_large_by_itself_is_told_alone() -> None:
    large = [imported(number, description="x" * MOST_BYTES) for number in (1, 2)]
    assert told(messages_of("his_1", large, NOW)) == [[large[0].id], [large[1].id]]
