"""Properties of the engine: any order of news ends in the same place, no walk pages after an answer or skips a step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.oncall.escalation.escalation import Escalation
from shared.events.incidents import IncidentFact
from shared.events.oncall import EscalationState
from shared.vocabulary import PageReason
from tests.unit.oncall.escalations import START, Walk, make_directory, make_incident, make_policy, make_user

pytestmark = pytest.mark.unit

RULES = (("high", 0, "hook"), ("high", 45, "mail"))
PEOPLE = {"a": make_user("a", "mail", "hook", rules=RULES), "b": make_user("b", "mail", "hook"), "c": make_user("c")}
REASONS = (PageReason.NEW_ALERT, PageReason.REESCALATED, PageReason.ACK_TIMEOUT)


def make_walk(**policy: Any) -> Walk:
    return Walk(make_directory(make_policy("user:a", "user:nobody", "user:b user:c", **policy), users=PEOPLE))


@st.composite
def histories(draw: st.DrawFn) -> list[IncidentFact]:
    """What an incident service may say of one incident, in order; the sequence is the place in the list, from 1."""
    generation, answered, ended, snoozed = 1, 0, False, None
    stood: tuple[int, int] | None = None
    reason = PageReason.ESCALATION
    facts = [make_incident()]
    for move in draw(st.lists(st.sampled_from(["news", "ack", "page", "snooze", "wake", "force", "end"]), max_size=8)):
        if ended:
            break
        match move:
            case "ack":
                answered = generation
            case "page" if answered == generation or draw(st.booleans()):
                generation, reason, stood = generation + 1, draw(st.sampled_from(REASONS)), None
            case "force":
                generation += answered == generation
                stood, snoozed = ((0, 3) if stood else (0, 1)), None
            case "snooze":
                snoozed, stood = START + timedelta(days=9), None
            case "wake":
                snoozed = None
            case "end":
                ended = True
            case _:
                pass
        facts.append(
            make_incident(
                generation,
                answered,
                status="resolved" if ended else "",
                reason=reason,
                title=f"title {len(facts)}",
                snoozed_until=snoozed,
                stood=stood,
            )
        )
    return facts


def what_it_means(escalation: Escalation) -> dict[str, Any]:
    """The part of an escalation that decides what happens next; how far a stopped one had come is only told."""
    document = escalation.model_dump(exclude={"log", "cause", "attempts"})
    if stood := escalation.moved_on_from:
        # a step that was never heard of, because the call to go on from it came first, leaves no delayed page behind
        beyond = [page for page in escalation.pending if (page.round, page.step) > (stood.round, stood.step)]
        document["pending"] = tuple(page.model_dump() for page in beyond)
    if escalation.state is not EscalationState.RUNNING:
        for name in ("step", "round", "notified", "step_started_at"):
            del document[name]
    if escalation.state is EscalationState.ENDED:
        for name in ("policy", "choice", "reason"):
            del document[name]
    return document


@given(facts=histories(), data=st.data())
@settings(max_examples=200, deadline=None)
def test_any_order_and_repetition_of_news_ends_in_the_same_state(
    facts: list[IncidentFact], data: st.DataObject
) -> None:
    numbered = list(enumerate(facts, start=1))
    in_order, shuffled = make_walk(ack_timeout=600), make_walk(ack_timeout=600)
    for sequence, fact in numbered:
        in_order.hear(fact, sequence)
    extra = data.draw(st.lists(st.sampled_from(numbered), max_size=5))
    for sequence, fact in data.draw(st.permutations(numbered + extra)):
        shuffled.hear(fact, sequence)
    assert what_it_means(shuffled.state) == what_it_means(in_order.state)


@st.composite
def walks(draw: st.DrawFn) -> tuple[Walk, list[tuple[str, Any]]]:
    """A policy and a random mixture of news, waiting and failures."""
    policy = {"timeout": draw(st.sampled_from([30, 60, 300])), "repeat": draw(st.integers(0, 2))}
    moves = st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 400)),
        st.tuples(st.just("fail"), st.integers(0, 30)),
        st.tuples(st.just("ack"), st.none()),
        st.tuples(st.just("page"), st.sampled_from(REASONS)),
        st.tuples(st.just("news"), st.none()),
    )
    return make_walk(**policy), draw(st.lists(moves, max_size=25))


@given(drawn=walks())
@settings(max_examples=200, deadline=None)
def test_no_walk_pages_after_an_answer_nor_skips_or_doubles_a_step(drawn: tuple[Walk, list[tuple[str, Any]]]) -> None:
    walk, moves = drawn
    generation, answered = 1, 0
    walk.hear(make_incident())
    for move, detail in moves:
        before = len(walk.pages)
        match move:
            case "wait":
                walk.wait(detail)
            case "fail" if walk.pages:
                walk.fail(walk.pages[detail % len(walk.pages)])
            case "ack":
                answered = generation
                walk.hear(make_incident(generation, answered))
            case "page":
                generation += 1
                walk.hear(make_incident(generation, answered, reason=detail))
            case _:
                walk.hear(make_incident(generation, answered, title=f"news {walk.sequence}"))
        if answered == generation:
            assert len(walk.pages) == before
    steps: dict[int, list[tuple[int, int]]] = {}
    for entry in walk.state.log:
        if entry.reason.value in ("step_started", "step_skipped_nobody_on_call"):
            steps.setdefault(entry.generation, []).append((entry.round, entry.step))
    for taken in steps.values():
        assert taken == [(number // 3, number % 3 + 1) for number in range(len(taken))]
    ids = [page.page_id for page in walk.pages]
    whats = {(p.user.id, p.method.id, p.step, p.round, p.reason, p.generation) for p in walk.pages}
    assert len(set(ids)) == len(ids) == len(whats)
