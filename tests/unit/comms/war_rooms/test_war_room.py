"""War rooms: names and calls, what the channel says, and what follows when Slack does not do its part."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.comms.delivery.outcome import Outcome, busy, down, refused
from services.comms.war_rooms.calls import call_link
from services.comms.war_rooms.war_room import (
    TOPIC_LIMIT,
    RoomState,
    WarRoom,
    after_trouble,
    call_room,
    channel_name,
    is_over,
    message_event,
    new_room,
    people_of,
    require_room_allowed,
    settle_room,
    summary,
    topic,
)
from shared.events.communication import CommunicationFact
from shared.events.incidents import RoleHolder
from shared.problem import Problem
from shared.vocabulary import IncidentStatus
from tests.unit.comms.builders import NOON, make_incident, make_marked

pytestmark = pytest.mark.unit

CALL = "https://meet.jit.si/room"


def room(**changes: object) -> WarRoom:
    return new_room(make_incident(), CALL, "sara", NOON, with_slack=True).model_copy(update=changes)


@pytest.mark.parametrize(
    "url, link",
    [
        pytest.param("https://meet.jit.si", "https://meet.jit.si/r1", id="Jitsi by default"),
        pytest.param("https://calls.example.org/x/", "https://calls.example.org/x/r1", id="a Jitsi of one's own"),
        pytest.param("https://zoom.us/j/123?pwd=x", "https://zoom.us/j/123?pwd=x", id="a standing Zoom room"),
        pytest.param("https://meet.google.com/abc-defg-hij", "https://meet.google.com/abc-defg-hij", id="Meet"),
        pytest.param("https://c.example.org/?n={room}&v=1", "https://c.example.org/?n=r1&v=1", id="a pattern"),
    ],
)
def test_the_link_of_a_call_follows_from_its_providers_address(url: str, link: str) -> None:
    assert call_link(url, "r1") == link


def test_an_address_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="TOCSIN_CALL_URL"):
        call_link("meet.jit.si", "r1")


def test_a_calls_room_is_the_same_every_time_and_follows_from_the_secret() -> None:
    assert call_room("a" * 32, "INC-1") == call_room("a" * 32, "INC-1")
    assert len({call_room("a" * 32, "INC-1"), call_room("b" * 32, "INC-1"), call_room("a" * 32, "INC-2")}) == 3


@pytest.mark.parametrize(
    "incident_id, drill, name",
    [
        ("INC-20261121-0001", False, "inc-20261121-0001"),
        ("INC-20261121-0001", True, "drill-inc-20261121-0001"),
        ("رخداد #1", False, "1"),
        ("x" * 200, False, "x" * 80),
    ],
)
def test_a_channels_name_keeps_slacks_rules(incident_id: str, drill: bool, name: str) -> None:
    assert channel_name(incident_id, drill=drill) == name


def test_topic_and_summary_are_text_and_keep_slacks_limits() -> None:
    incident = make_incident(roles=[RoleHolder(role="commander", user_id="sara")], drill_id="d1").model_copy(
        update={"title": "<!channel> " * 9 + "x" * 400}
    )
    said = topic(incident, room())
    assert len(said) <= TOPIC_LIMIT
    assert said.endswith(CALL)
    assert said.startswith("DRILL")
    text = summary(incident, room(), "https://t.example", {"sara": "Sara <3"})
    assert "<!channel>" not in text
    assert "commander: Sara &lt;3" in text


@pytest.mark.parametrize(
    "before, outcome, state, again",
    [
        pytest.param(room(), down("503"), RoomState.MAKING, True, id="Slack is down"),
        pytest.param(room(), busy("429", 30), RoomState.MAKING, True, id="Slack asks for patience"),
        pytest.param(room(), refused("no scope"), RoomState.FAILED, False, id="Slack refuses: the call alone"),
        pytest.param(
            room(state=RoomState.OPEN, channel_id="C1"),
            refused("no scope"),
            RoomState.OPEN,
            False,
            id="the channel stays",
        ),
        pytest.param(
            room(trying_since=NOON - timedelta(days=2)), down("503"), RoomState.FAILED, False, id="not for ever"
        ),
    ],
)
def test_what_follows_when_slack_does_not_do_its_part(
    before: WarRoom, outcome: Outcome, state: RoomState, again: bool
) -> None:
    after = after_trouble(before, outcome, NOON, 0.5)
    assert (after.state, after.due_at is not None, after.detail) == (state, again, outcome.detail)
    if outcome.retry_after_seconds and after.due_at is not None:
        assert (after.due_at - NOON).total_seconds() >= outcome.retry_after_seconds
    assert settle_room(after).attempts == 0


def test_a_channel_is_archived_on_close_and_not_on_resolve() -> None:
    states = [status for status in IncidentStatus if is_over(make_incident(status=status))]
    assert states == [IncidentStatus.CLOSED]


def test_who_is_asked_in_is_asked_once() -> None:
    incident = make_incident(
        roles=[RoleHolder(role="commander", user_id="sara")], assignees=["kenji", "sara"], participants=["sara", "mina"]
    )
    assert people_of(incident) == ["sara", "kenji", "mina"]


def test_imports_have_no_war_room_and_drills_have() -> None:
    require_room_allowed(make_incident(drill_id="d1"))
    with pytest.raises(Problem) as problem:
        require_room_allowed(make_incident(imported=True))
    assert problem.value.status == 409


def test_a_marked_message_is_one_fact_in_its_own_words() -> None:
    first, again = (message_event(make_marked(), "disk &lt;full&gt;", "sara") for _ in range(2))
    assert first.id == again.id
    assert isinstance(first.data, CommunicationFact)
    assert (first.data.text, first.data.by, first.data.at) == ("disk <full>", "sara", NOON)
