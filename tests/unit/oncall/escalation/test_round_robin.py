"""Round robin: each time the step begins, the next of its people is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.oncall.directory.policy import Policy
from services.oncall.directory.snapshot import Directory
from services.oncall.escalation.explanation import account
from tests.unit.oncall.escalations import Walk, make_directory, make_incident, make_policy
from tests.unit.oncall.schedule_builders import make_layer, make_schedule

pytestmark = pytest.mark.unit


def in_turn(policy: Policy, *, step: int = 1) -> Policy:
    """The policy, with this step in turn."""
    steps = [one.model_dump() for one in policy.steps]
    steps[step - 1]["assignment"] = "round_robin"
    return Policy.model_validate({**policy.model_dump(), "steps": steps})


def directory(*steps: str, turn: int = 0, **more: object) -> Directory:
    made = make_directory(in_turn(make_policy(*(steps or ("user:a user:b user:c",)))), **more)  # type: ignore[arg-type]
    return replace(made, turns={"p/1": turn})


@pytest.mark.parametrize("turn, user", [(0, "a"), (1, "b"), (2, "c"), (3, "a"), (4, "b")])
def test_the_turn_says_who_is_told(turn: int, user: str) -> None:
    heard = Walk(directory(turn=turn)).hear(make_incident())
    assert {page.user.id for page in heard.pages} == {user}
    assert heard.state.notified == (user,)


def test_a_decision_that_began_such_a_step_asks_for_a_turn_and_another_does_not() -> None:
    walk = Walk(directory("user:a user:b", "user:c"))
    assert walk.hear(make_incident()).turn == "p/1"
    assert walk.wait(300).turn is None


def test_a_schedule_of_several_people_is_gone_round_by_whoever_is_on_call() -> None:
    both = make_schedule(make_layer("a"), make_layer("b"))
    heard = Walk(directory("schedule:s", turn=1, schedules={"s": both})).hear(make_incident())
    assert {page.user.id for page in heard.pages} == {"b"}


def test_a_step_in_turn_with_nobody_is_skipped_at_once_and_takes_no_turn() -> None:
    walk = Walk(directory("schedule:none", "user:b"))
    assert {page.user.id for page in walk.hear(make_incident()).pages} == {"b"}
    assert walk.turn is None


def test_explain_says_whose_turn_it_was() -> None:
    heard = Walk(directory(turn=1)).hear(make_incident())
    people = {one.user_id: one for one in account(heard.state, heard.directory, {}).people}
    assert [line.rule for line in people["a"].lines] == ["not_their_turn"]
    assert people["a"].lines[0].sentence == "Step 1 tells one person in turn, and it was the turn of b, not of a."
    assert people["b"].paged
