from __future__ import annotations

import pytest

from services.ingest.alerts.repeats import Repeats
from tests.unit.ingest.builders import at_second, make_taken

pytestmark = pytest.mark.unit


def test_the_first_repeat_is_due_at_once_and_the_next_after_a_minute() -> None:
    repeats, head = Repeats(), make_taken(0).head

    assert repeats.is_due(head, at_second(0))
    repeats.note_written(head, at_second(0))
    assert not repeats.is_due(head, at_second(59))
    assert repeats.is_due(head, at_second(60))


def test_of_the_repeats_that_wait_the_newest_is_kept_and_the_others_are_counted() -> None:
    repeats = Repeats()
    for second in (1, 3, 2):
        repeats.hold(make_taken(second), 1, at_second(5))

    assert repeats.take_due(at_second(64), 10) == []
    (held,) = repeats.take_due(at_second(65), 10)
    assert (held.newest, held.more) == (make_taken(3), 2)
    assert repeats.take_all() == []


def test_while_repeats_wait_no_other_is_due() -> None:
    repeats, taken = Repeats(), make_taken(1)
    repeats.hold(taken, 1, at_second(1))

    assert not repeats.is_due(taken.head, at_second(200))


def test_what_was_written_with_something_else_waits_no_more_but_what_came_since_does() -> None:
    repeats = Repeats()
    repeats.hold(make_taken(1), 1, at_second(1))
    waiting = repeats.find(make_taken(1).head)
    assert waiting is not None
    repeats.hold(make_taken(2), 1, at_second(2))

    repeats.release(waiting)

    (held,) = repeats.take_all()
    assert (held.newest, held.more) == (make_taken(2), 1)


def test_those_that_wait_longest_are_written_first() -> None:
    repeats = Repeats()
    for second, key in enumerate(("a", "b", "c")):
        repeats.hold(make_taken(second, key=key), 1, at_second(second))

    assert [held.newest.key for held in repeats.take_due(at_second(61), 1)] == ["a"]
    assert [held.newest.key for held in repeats.take_due(at_second(61), 10)] == ["b"]
