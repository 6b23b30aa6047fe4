"""A reader that does not keep up is let go: it never holds more than its share of memory."""

from __future__ import annotations

import pytest

from services.gateway.stream.feed import MOST_WAITING, Reader
from services.gateway.stream.sse import StreamItem
from tests.unit.gateway.builders import NOW

pytestmark = pytest.mark.unit


def test_a_slow_reader_is_let_go() -> None:
    reader = Reader()
    for number in range(MOST_WAITING + 5):
        assert reader.is_lost is (number > MOST_WAITING)
        reader.give(StreamItem(number, "incident.opened", f"INC-{number}", 1, NOW))
    assert reader.is_lost
    assert len(reader.take()) == MOST_WAITING


def test_what_waits_is_taken_once_and_in_order() -> None:
    reader = Reader()
    for number in range(3):
        reader.give(StreamItem(number, "incident.opened", f"INC-{number}", 1, NOW))
    assert [item.offset for item in reader.take()] == [0, 1, 2]
    assert reader.take() == []
