"""Instants as whole milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clocks.epoch import EPOCH, from_millis, to_millis

pytestmark = pytest.mark.unit


@given(st.integers(-60_000_000_000_000, 250_000_000_000_000))
def test_a_millisecond_comes_back_as_it_was(millis: int) -> None:
    assert to_millis(from_millis(millis)) == millis


@pytest.mark.parametrize(
    "moment, millis",
    [
        pytest.param(EPOCH, 0, id="the beginning"),
        pytest.param(datetime(2026, 3, 29, 1, 0, 0, 1000, UTC), 1_774_746_000_001, id="to the millisecond"),
        pytest.param(datetime(1970, 1, 1, 0, 0, 0, 1999, UTC), 1, id="the rest is cut off"),
        pytest.param(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), -1000, id="before it"),
    ],
)
def test_an_instant_is_told_in_milliseconds(moment: datetime, millis: int) -> None:
    assert to_millis(moment) == millis


def test_what_no_calendar_has_is_no_instant() -> None:
    with pytest.raises(OverflowError):
        from_millis(10**15)
