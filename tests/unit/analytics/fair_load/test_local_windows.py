"""Nights, weekends and holidays of a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.fair_load.local_windows import Windows, local_windows
from shared.clocks.epoch import to_millis

SATURDAY = datetime(2026, 10, 24, tzinfo=UTC)
HOUR = 3_600_000


def test_a_night_in_which_clocks_are_set_back_lasts_an_hour_longer() -> None:
    begin, end = to_millis(SATURDAY), to_millis(SATURDAY + timedelta(days=2))
    found = local_windows("Europe/Berlin", begin, end, {date(2026, 10, 26)})
    lengths = ((found.nights.ends - found.nights.starts) // HOUR).tolist()
    assert 10 in lengths
    assert set(lengths) == {9, 10}
    assert ((found.weekends.ends - found.weekends.starts) // HOUR).tolist() == [49]
    assert ((found.holidays.ends - found.holidays.starts) // HOUR).tolist() == [24]
    assert len(local_windows("Mars", begin, end, ()).holidays.starts) == 0


@given(st.lists(st.integers(0, 40), max_size=12), st.lists(st.integers(0, 40), max_size=12))
def test_overlaps_are_what_is_in_both(windows: list[int], stretches: list[int]) -> None:
    def pairs(cuts: list[int]) -> tuple[list[int], list[int]]:
        edges = sorted(set(cuts))
        edges = edges[: len(edges) // 2 * 2]
        return edges[::2], edges[1::2]

    (starts, ends), (begun, over) = pairs(windows), pairs(stretches)
    made = Windows(np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64))
    moments = {one for a, b in zip(starts, ends, strict=True) for one in range(a, b)}
    others = {one for a, b in zip(begun, over, strict=True) for one in range(a, b)}
    found = made.overlap(np.array(begun, dtype=np.int64), np.array(over, dtype=np.int64))
    assert found == len(moments & others)
