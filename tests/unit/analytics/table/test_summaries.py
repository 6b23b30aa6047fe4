"""Figures against the standard library, to the last digit."""

from __future__ import annotations

import random
import statistics
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.table.summaries import EMPTY, Summary, percentile, summarise, summarise_groups

NUMBERS = st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=40)


def by_hand(numbers: list[int], unit: int) -> Summary:
    def interpolated(percent: int) -> float:
        ordered = sorted(numbers)
        place = Fraction((len(ordered) - 1) * percent, 100)
        low = ordered[int(place)]
        high = ordered[min(int(place) + 1, len(ordered) - 1)]
        return float((low + (high - low) * (place - int(place))) / unit)

    mean = float(Fraction(sum(numbers), len(numbers) * unit))
    return Summary(len(numbers), sum(numbers), mean, interpolated(50), interpolated(90))


@given(NUMBERS, st.sampled_from([1, 1000]))
def test_a_summary_is_what_fractions_give_exactly(numbers: list[int], unit: int) -> None:
    found = summarise(np.array(numbers, dtype=np.int64), unit)
    assert found == by_hand(numbers, unit)
    assert found.median == float(Fraction(statistics.median([Fraction(one) for one in numbers])) / unit)


@given(NUMBERS, st.integers(0, 100))
def test_percentiles_are_those_of_numpy(numbers: list[int], percent: int) -> None:
    found = percentile(np.sort(np.array(numbers, dtype=np.int64)), percent)
    assert found == pytest.approx(float(np.percentile(numbers, percent, method="linear")), rel=1e-12, abs=1e-6)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-5, 10**10)), max_size=40), st.randoms())
def test_groups_are_each_summed_up_by_themselves(pairs: list[tuple[int, int]], chance: random.Random) -> None:
    chance.shuffle(pairs)
    groups, values = (np.array([pair[n] for pair in pairs], dtype=np.int64) for n in (0, 1))
    found = summarise_groups(values, groups, 5)
    for number in range(5):
        own = [value for group, value in pairs if group == number]
        assert found[number] == (by_hand(own, 1) if own else EMPTY)


def test_values_too_far_apart_for_one_key_are_sorted_all_the_same() -> None:
    values, groups = np.array([5, 2**61, -(2**61), 4]), np.array([1, 0, 0, 1])
    assert [one.median for one in summarise_groups(values, groups, 2)] == [0.0, 4.5]


def test_nothing_has_no_mean() -> None:
    assert summarise(np.array([], dtype=np.int64)) == Summary(0, 0, None, None, None)
