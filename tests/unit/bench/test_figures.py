"""The benchmark's arithmetic: ratios that mean the same in both directions, percentiles that are interpolated."""

from __future__ import annotations

import pytest

from bench.feeder import MARKED, PER_REQUEST, Mixed
from bench.figures import Figure, percentile, table

RATIOS = {
    "more is better, passed": (Figure("x", 200, "", goal=100, more_is_better=True), 2.0),
    "more is better, short": (Figure("x", 50, "", goal=100, more_is_better=True), 0.5),
    "less is better, passed": (Figure("x", 50, "", goal=100), 2.0),
    "less is better, short": (Figure("x", 200, "", goal=100), 0.5),
    "no goal": (Figure("x", 200, ""), None),
}


@pytest.mark.parametrize("figure, ratio", RATIOS.values(), ids=RATIOS.keys())
def test_a_ratio_above_one_is_a_goal_that_is_met(figure: Figure, ratio: float | None) -> None:
    assert figure.ratio == ratio


def test_the_table_says_what_is_short() -> None:
    lines = table([figure for figure, _ in RATIOS.values()]).splitlines()
    assert ["SHORT" in line for line in lines] == [False, False, True, False, True, False]


PERCENTILES = {"one value": ([7.0], 0.99, 7.0), "between two": ([1.0, 3.0], 0.5, 2.0), "unsorted": ([3, 1, 2], 1.0, 3)}


@pytest.mark.parametrize("values, share, expected", PERCENTILES.values(), ids=PERCENTILES.keys())
def test_a_percentile_is_interpolated(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_nine_in_ten_alerts_are_repeats_and_every_tenth_request_is_marked() -> None:
    body, seen = Mixed(1000, "marker"), set[str]()
    for number in range(1000):
        body_keys = [one["dedup_key"] for one in body(number)]
        assert len(body_keys) == PER_REQUEST
        seen.update(body_keys)
    marks = {key for key in seen if key.startswith("mark-")}
    assert len(marks) == 1000 // MARKED
    assert 9_900 <= len(seen - marks) <= 10_000
    assert len({alert["service"] for number in range(200) for alert in body(number)}) == 1001
