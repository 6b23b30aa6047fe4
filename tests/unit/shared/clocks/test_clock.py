"""One notion of now: the database's clock, cut to what it stores; a test may push it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.clocks.clock import Clock, FixedClock


def test_now_is_in_utc_and_has_whole_milliseconds() -> None:
    now = Clock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=1)


def test_the_offset_to_the_database_is_added() -> None:
    clock = Clock()
    clock.offset = timedelta(seconds=-40)
    assert timedelta(seconds=-41) < clock.now() - datetime.now(UTC) < timedelta(seconds=-39)


@pytest.mark.parametrize(
    "seconds, ok",
    [
        pytest.param(0, True, id="none"),
        pytest.param(1.0, True, id="a second"),
        pytest.param(-1.0, True, id="a second behind"),
        pytest.param(1.001, False, id="more than a second"),
        pytest.param(-3, False, id="far behind"),
    ],
)
def test_a_process_more_than_a_second_off_the_database_is_not_ready(seconds: float, ok: bool) -> None:
    clock = Clock()
    clock.offset = timedelta(seconds=seconds)
    assert clock.skew_ok is ok


def test_a_test_file_pushes_the_clock_and_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = Clock(file)
    assert clock.now() - datetime.now(UTC) < timedelta(seconds=1)  # a missing file is no push
    file.write_text("3600\n")
    time.sleep(0.03)
    assert timedelta(seconds=3599) < clock.now() - datetime.now(UTC) < timedelta(seconds=3601)
    file.write_text("")
    time.sleep(0.03)
    assert clock.now() - datetime.now(UTC) < timedelta(seconds=1)


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    clock = FixedClock(datetime(2026, 3, 29, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    assert clock.advance(hours=1, seconds=1) == clock.now() == datetime(2026, 3, 29, 2, 0, 1, tzinfo=UTC)
