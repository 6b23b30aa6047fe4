"""When the next canary is due, and how old the last one is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.canary.timing import Timer, age_seconds, first, next_due

NOW = datetime(2026, 11, 29, 5, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "late, following",
    [
        pytest.param(0, 60, id="in time"),
        pytest.param(7.5, 60, id="a little late: the beat is kept"),
        pytest.param(60, 120, id="one was missed"),
        pytest.param(3605, 3660, id="an hour was missed: one is sent, not sixty"),
    ],
)
def test_what_was_missed_is_skipped(late: float, following: float) -> None:
    assert next_due(NOW, after(late), 60) == after(following)


def test_the_first_comes_after_one_interval() -> None:
    assert first(NOW, 60) == Timer(began_at=NOW, due_at=after(60))


@pytest.mark.parametrize(
    "arrived, now, age",
    [(None, 30, 30), (10, 30, 20), (40, 30, 0)],
    ids=["none yet: since it began", "since it arrived", "another clock is ahead"],
)
def test_the_age_of_the_last_one(arrived: float | None, now: float, age: float) -> None:
    timer = Timer(NOW, after(60), None if arrived is None else after(arrived))
    assert age_seconds(timer, after(now)) == age
