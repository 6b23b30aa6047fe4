"""Circuits and waiting lines: one destination's trouble is nobody else's."""

from __future__ import annotations

import itertools

import pytest

from services.comms.delivery.circuit_breaker import OPEN_AFTER, PROBE_EVERY_SECONDS, Breaker
from services.comms.paging.sending.send_queue import SendQueue

pytestmark = pytest.mark.unit


def opened(breaker: Breaker, destination: str = "dead:80", now: float = 0.0) -> Breaker:
    for _ in range(OPEN_AFTER):
        breaker.record_failure(destination, now)
    return breaker


def test_a_circuit_opens_after_some_failures_in_a_row() -> None:
    breaker = Breaker()
    for _ in range(OPEN_AFTER - 1):
        breaker.record_failure("dead:80", 0.0)
    assert breaker.may_send("dead:80", 0.0)
    breaker.record_failure("dead:80", 0.0)
    assert not breaker.may_send("dead:80", 0.0)


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker()
    for _ in range(OPEN_AFTER * 3):
        breaker.record_failure("dead:80", 0.0)
        breaker.record_success("dead:80")
    assert breaker.may_send("dead:80", 0.0)


def test_circuits_are_per_destination() -> None:
    assert opened(Breaker()).may_send("alive:80", 0.0)


def test_an_open_circuit_is_probed_by_one_at_a_time_at_least_every_five_seconds() -> None:
    breaker = opened(Breaker())
    probes = [now / 10 for now in range(300) if breaker.may_send("dead:80", now / 10)]
    assert max(later - earlier for earlier, later in itertools.pairwise(probes)) <= 5
    assert min(later - earlier for earlier, later in itertools.pairwise(probes)) >= PROBE_EVERY_SECONDS


def test_one_good_probe_closes_the_circuit() -> None:
    breaker = opened(Breaker())
    assert breaker.may_send("dead:80", PROBE_EVERY_SECONDS)
    breaker.record_success("dead:80")
    assert all(breaker.may_send("dead:80", PROBE_EVERY_SECONDS) for _ in range(10))


def test_a_probe_that_was_not_sent_leaves_its_place_to_the_next() -> None:
    breaker = opened(Breaker())
    assert breaker.may_send("dead:80", PROBE_EVERY_SECONDS)
    breaker.probe_unused("dead:80")
    assert breaker.may_send("dead:80", PROBE_EVERY_SECONDS)


def test_destinations_take_turns() -> None:
    lines = SendQueue(Breaker(), at_once=4)
    for number in range(10):
        lines.put(f"a{number}", "a:80", 8)
    lines.put("b0", "b:80", 8)
    lines.put("c0", "c:80", 8)
    assert lines.take(0.0) == [("a0", "a:80"), ("b0", "b:80"), ("c0", "c:80"), ("a1", "a:80")]


def test_no_destination_has_more_under_way_than_its_limit() -> None:
    lines = SendQueue(Breaker(), at_once=100)
    for number in range(10):
        lines.put(f"a{number}", "a:80", 3)
    assert len(lines.take(0.0)) == 3
    assert lines.take(0.0) == []
    lines.finish("a:80")
    assert lines.take(0.0) == [("a3", "a:80")]


def test_no_more_are_under_way_than_allowed_in_all() -> None:
    lines = SendQueue(Breaker(), at_once=5)
    for number in range(20):
        lines.put(f"p{number}", f"host{number}:80", 8)
    assert len(lines.take(0.0)) == 5
    lines.finish("host0:80")
    lines.finish("host1:80")
    assert len(lines.take(0.0)) == 2


def test_a_dead_destination_holds_only_its_own_pages_back() -> None:
    breaker = opened(Breaker())
    lines = SendQueue(breaker, at_once=100)
    for number in range(3):
        lines.put(f"dead{number}", "dead:80", 8)
        lines.put(f"alive{number}", "alive:80", 8)
    assert [page for page, _ in lines.take(0.0)] == ["alive0", "alive1", "alive2"]
    assert lines.held_back_ids() == ["dead0", "dead1", "dead2"]
    assert lines.take(PROBE_EVERY_SECONDS) == [("dead0", "dead:80")]


def test_what_could_not_be_sent_is_first_in_line_again() -> None:
    lines = SendQueue(Breaker(), at_once=2)
    for number in range(4):
        lines.put(f"p{number}", "a:80", 8)
    for page_id, destination in reversed(lines.take(0.0)):
        lines.put_back(page_id, destination)
    assert [page for page, _ in lines.take(0.0)] == ["p0", "p1"]
    assert lines.under_way == 2


def test_the_last_of_a_line_can_be_put_back() -> None:
    lines = SendQueue(Breaker(), at_once=2)
    lines.put("p0", "a:80", 8)
    lines.take(0.0)
    lines.put_back("p0", "a:80")
    assert lines.take(0.0) == [("p0", "a:80")]
