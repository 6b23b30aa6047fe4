"""Numbers that are taken ahead: each once, as many as are needed, and not kept for long."""

from __future__ import annotations

from datetime import timedelta

from services.incident.numbering.block import KEPT, MOST_AHEAD, NumberBlock
from tests.unit.incident.builders import NOW


class Counter:
    """A day's counter, and a process that takes numbers of it."""

    def __init__(self) -> None:
        self.block = NumberBlock()
        self.last = 0
        self.raised = 0
        self.given: list[int] = []

    def take(self, count: int, seconds: float, day: str = "20261121") -> list[int]:
        at = NOW + timedelta(seconds=seconds)
        numbers = self.block.give(day, count, at)
        if numbers is None:
            asked = count + self.block.ahead(at)
            self.last += asked
            self.raised += 1
            numbers = self.block.fill(day, count, self.last, asked=asked, at=at)
        assert len(numbers) == count
        self.given += numbers
        return list(numbers)


def test_a_quiet_hour_takes_no_number_ahead() -> None:
    counter = Counter()
    assert [counter.take(1, 60 * minute) for minute in range(5)] == [[1], [2], [3], [4], [5]]
    assert (counter.raised, counter.last) == (5, 5)


def test_a_busy_hour_raises_the_counter_seldom_and_gives_each_number_once() -> None:
    counter = Counter()
    for number in range(200):
        counter.take(1 + number % 2, number / 5)
    assert len(set(counter.given)) == len(counter.given) == 300
    assert counter.given == sorted(counter.given)
    assert counter.raised <= 30
    assert counter.last <= 2 * 300


def test_what_was_kept_too_long_is_a_gap() -> None:
    counter = Counter()
    first = [counter.take(1, 0), counter.take(1, 0.1)]
    assert counter.last > 2
    later = counter.take(1, 0.1 + KEPT.total_seconds() + 0.1)
    assert first == [[1], [2]]
    assert later == [4]


def test_another_day_and_a_clock_that_went_back_ask_the_counter() -> None:
    counter = Counter()
    for _ in range(3):
        counter.take(1, 0)
    raised = counter.raised
    counter.take(1, 0.1, day="20261122")
    assert counter.raised == raised + 1
    counter.take(1, -5, day="20261122")
    assert counter.raised == raised + 2


def test_a_storm_takes_a_bounded_number_ahead() -> None:
    counter = Counter()
    counter.take(5000, 0)
    counter.take(1, 0.1)
    assert counter.last == 5000 + 1 + MOST_AHEAD
