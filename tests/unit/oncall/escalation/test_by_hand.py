"""Escalated by hand: the step after the one where the incident stood begins at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.events.oncall import EscalationState
from shared.vocabulary import PageReason
from tests.unit.oncall.escalations import START, Walk, make_directory, make_incident, make_policy

pytestmark = pytest.mark.unit


def walk(*steps: str, **more: int) -> Walk:
    return Walk(make_directory(make_policy(*(steps or ("user:a", "user:b", "user:c")), **more)))


def told(heard: Walk) -> list[str]:
    return [place.replace("/mail", "") for place in heard.written() if "/mail" in place]


def test_the_next_step_begins_at_once_and_its_timeout_with_it() -> None:
    heard = walk().hear(make_incident()).wait(10).hear(make_incident(stood=(0, 1)))
    assert told(heard) == ["a 1.0", "b 2.0"]
    assert heard.state.next_step_at == START + timedelta(seconds=310)
    heard.wait(300)
    assert told(heard)[-1] == "c 3.0"


def test_asked_for_twice_where_it_stood_it_moves_once() -> None:
    heard = walk().hear(make_incident()).hear(make_incident(stood=(0, 1))).hear(make_incident(stood=(0, 1), title="x"))
    assert told(heard) == ["a 1.0", "b 2.0"]
    heard.hear(make_incident(stood=(0, 2)))
    assert told(heard) == ["a 1.0", "b 2.0", "c 3.0"]


def test_when_the_clock_was_faster_nothing_is_left_to_do() -> None:
    heard = walk().hear(make_incident()).wait(300).hear(make_incident(stood=(0, 1)))
    assert told(heard) == ["a 1.0", "b 2.0"]


@pytest.mark.parametrize("waited", [pytest.param(0, id="while it runs"), pytest.param(900, id="when it is exhausted")])
def test_beyond_the_last_step_another_round_begins(waited: int) -> None:
    heard = walk("user:a").hear(make_incident()).wait(waited).hear(make_incident(stood=(0, 1)))
    assert told(heard) == ["a 1.0", "a 1.1"]
    assert heard.state.state is EscalationState.RUNNING
    assert heard.wait(300).state.state is EscalationState.EXHAUSTED


def test_what_was_answered_pages_the_step_after_the_one_that_was_answered() -> None:
    heard = walk().hear(make_incident()).hear(make_incident(1, 1))
    heard.hear(make_incident(2, 1, reason=PageReason.REESCALATED, status="acknowledged", stood=(0, 1)))
    assert told(heard) == ["a 1.0", "b 2.0"]
    assert heard.pages[-1].reason is PageReason.REESCALATED
    assert "escalated_by_hand" in [entry.reason.value for entry in heard.state.log]


def test_without_a_policy_nobody_is_told_and_that_is_said_again() -> None:
    heard = walk().hear(make_incident(policy=None)).hear(make_incident(policy=None, stood=(0, 1)))
    assert heard.told == ["nobody_no_policy", "nobody_no_policy"]


def test_a_snooze_that_came_and_went_unheard_starts_over_as_one_that_was_heard() -> None:
    heard = walk().hear(make_incident()).hear(make_incident(stood=(0, 1))).hear(make_incident(title="after a snooze"))
    assert told(heard) == ["a 1.0", "b 2.0", "a 1.0"]


def test_escalating_ends_a_snooze() -> None:
    heard = walk().hear(make_incident()).hear(make_incident(snoozed_until=START + timedelta(hours=1)))
    heard.hear(make_incident(stood=(0, 1)))
    assert told(heard) == ["a 1.0", "b 2.0"]
