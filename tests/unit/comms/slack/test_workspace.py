"""The Slack workspace that is set at run time: what is in force, and what is said when Slack does not take it."""

from __future__ import annotations

import pytest

from services.comms.delivery.outcome import Outcome, busy, down, refused
from services.comms.slack.workspace import Source, refusal, source_of
from services.comms.war_rooms.war_room import RoomState, ask_again, new_room
from tests.unit.comms.builders import NOON, make_incident


@pytest.mark.parametrize(
    "outcome, error, status, pointer",
    [
        pytest.param(refused("Slack: invalid_auth"), "invalid_auth", 422, "/token", id="an unknown token"),
        pytest.param(refused("Slack: account_inactive"), "account_inactive", 422, "/token", id="a dead bot"),
        pytest.param(refused("404"), "", 422, "/api_url", id="an address where no Slack is"),
        pytest.param(down("no answer"), "", 422, "/api_url", id="an address that does not answer"),
        pytest.param(busy("Slack: ratelimited", 7), "ratelimited", 503, None, id="Slack asks for patience"),
    ],
)
def test_a_refusal_names_what_is_to_be_mended(outcome: Outcome, error: str, status: int, pointer: str | None) -> None:
    problem = refusal(outcome, error)
    assert problem.status == status
    assert [fault.pointer for fault in problem.errors] == ([pointer] if pointer else [])


def test_patience_is_passed_on_to_who_asked() -> None:
    assert refusal(busy("Slack: ratelimited", 7), "ratelimited").headers == {"Retry-After": "7"}


@pytest.mark.parametrize(
    "is_set, chosen, given, source",
    [
        pytest.param(True, "xoxb-1", "xoxb-2", Source.STORED, id="what was set goes first"),
        pytest.param(True, None, "xoxb-2", Source.UNREADABLE, id="sealed under another key"),
        pytest.param(False, None, "xoxb-2", Source.ENVIRONMENT, id="else the environment's"),
        pytest.param(False, None, "", None, id="none"),
    ],
)
def test_where_a_secret_comes_from(is_set: bool, chosen: str | None, given: str, source: Source | None) -> None:
    assert source_of(is_set=is_set, chosen=chosen, given=given) is source


@pytest.mark.parametrize(
    "state, with_slack, after",
    [
        pytest.param(RoomState.CALL_ONLY, True, RoomState.MAKING, id="Slack came later"),
        pytest.param(RoomState.FAILED, True, RoomState.MAKING, id="Slack was mended"),
        pytest.param(RoomState.CALL_ONLY, False, RoomState.CALL_ONLY, id="there is no Slack yet"),
        pytest.param(RoomState.OPEN, True, RoomState.OPEN, id="it has a channel"),
        pytest.param(RoomState.ARCHIVED, True, RoomState.ARCHIVED, id="it had a channel"),
    ],
)
def test_a_room_that_is_asked_for_again_gets_the_channel_it_lacks(
    state: RoomState, with_slack: bool, after: RoomState
) -> None:
    room = new_room(make_incident(), "https://call.example.org", "sara", NOON, with_slack=True)
    again = ask_again(room.model_copy(update={"state": state, "due_at": None}), NOON, with_slack=with_slack)
    assert (again.state, again.due_at) == (after, NOON if after is RoomState.MAKING else None)
