"""The live stream tells ids, and any replica understands where a client stopped."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.stream.sse import (
    RESUME_FOR,
    Position,
    PositionSigner,
    StreamItem,
    is_resumable,
    stream_item,
    write_heartbeat,
    write_item,
    write_opening,
)
from tests.unit.gateway.builders import NOW, lived

pytestmark = pytest.mark.unit

POSITIONS = PositionSigner("secret")
SECOND = timedelta(seconds=1)
ITEM = StreamItem(7, "incident.opened", "INC-0001", 3, NOW, "INC-0001", "payments", "red")


def test_a_position_is_read_as_it_was_written() -> None:
    assert POSITIONS.read(POSITIONS.of(Position(12, NOW))) == Position(12, NOW)


@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_position_that_somebody_changed_is_none(place: int) -> None:
    label = list(POSITIONS.of(Position(12, NOW)))
    label[place] = "1" if label[place] != "1" else "2"
    assert POSITIONS.read("".join(label)) is None
    assert POSITIONS.read(PositionSigner("another secret").of(Position(12, NOW))) is None


@pytest.mark.parametrize("reading", ["new,secret", "secret,new"])
def test_a_position_of_before_is_read_while_a_secret_is_changed(reading: str) -> None:
    assert PositionSigner(reading).read(POSITIONS.of(Position(12, NOW))) == Position(12, NOW)
    assert PositionSigner("new,secret").of(Position(12, NOW)) == PositionSigner("new").of(Position(12, NOW))


@given(st.text(max_size=50))
def test_any_other_text_is_no_position_or_a_sound_one(text: str) -> None:
    found = POSITIONS.read(text)
    assert found is None or found.offset >= 0


@pytest.mark.parametrize(
    "position,resumable",
    [
        pytest.param(Position(1, NOW - RESUME_FOR), True, id="five minutes ago"),
        pytest.param(Position(1, NOW - RESUME_FOR - SECOND), False, id="longer ago"),
        pytest.param(Position(1, NOW + 60 * SECOND), False, id="in the future: made up"),
        pytest.param(None, False, id="none"),
    ],
)
def test_what_was_missed_is_told_for_five_minutes(position: Position | None, resumable: bool) -> None:
    assert is_resumable(position, NOW) is resumable


@pytest.mark.parametrize(
    "name,told",
    [
        ("incident.opened.v1", True),
        ("alert.updated.v1", True),
        ("page.failed.v1", True),
        ("execution.progressed.v1", True),
        ("runbook.changed.v1", False),
        ("notice.requested.v1", False),
        ("team.changed.v1", False),
    ],
)
def test_incidents_alerts_pages_and_executions_are_told(name: str, told: bool) -> None:
    found = stream_item(3, lived(name))
    assert (found is not None) is told
    if found is not None:
        assert (found.offset, found.type) == (3, name.removesuffix(".v1"))


def test_a_history_that_comes_in_is_no_live_news_and_what_is_done_with_it_is() -> None:
    assert stream_item(3, lived("incident.opened.v1", imported=True)) is None
    assert stream_item(3, lived("incident.changed.v1", imported=True)) is not None


def test_an_event_holds_ids_and_no_contents() -> None:
    event = lived("incident.opened.v1")
    item = stream_item(7, event)
    assert item is not None
    lines = write_item(item, "8-label").decode().split("\n")
    assert lines[:2] == ["id: 8-label", "event: incident.opened"]
    data = json.loads(lines[2].removeprefix("data: "))
    assert set(data) == {"type", "id", "version", "at", "incident_id", "service_id"}
    assert data["id"] == event.subject
    assert lines[3:] == ["", ""]


def test_the_first_event_says_whether_all_must_be_read_again() -> None:
    assert b"event: hello\n" in write_opening("1-label", reset=False)
    assert b"event: reset\n" in write_opening("1-label", reset=True)


def test_a_heartbeat_moves_the_position_and_tells_nothing() -> None:
    beat = write_heartbeat("9-label").decode()
    assert "data:" not in beat
    assert "\nid: 9-label\n\n" in beat
