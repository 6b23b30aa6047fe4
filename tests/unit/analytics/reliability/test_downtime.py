"""When a service was down, against counting each moment."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.reliability.downtime import (
    Failure,
    Impact,
    Spender,
    find_downtime,
    find_spenders,
)
from shared.events.communication import ImpactState

pytestmark = pytest.mark.unit

LAST = 60
MOMENTS = st.tuples(st.integers(0, LAST), st.integers(0, LAST))
FAILURES = st.lists(MOMENTS, max_size=8).map(
    lambda spans: [Failure(f"INC-{number}", start, end) for number, (start, end) in enumerate(spans)]
)
IMPACTS = st.lists(st.tuples(MOMENTS, st.sampled_from(ImpactState)), max_size=5).map(
    lambda told: [Impact(f"i{number}", start, end, state) for number, ((start, end), state) in enumerate(told)]
)
CARE, SLOW, HALF, DOWN = ImpactState


def halves_at(moment: int, failures: Sequence[Failure], impacts: Sequence[Impact]) -> int:
    """The rule as people say it, for one moment."""
    told = [one for one in impacts if one.state is not CARE and one.start < one.end]
    words = [one.state for one in told if one.start <= moment < one.end]
    if words:
        return 2 if DOWN in words else 1 if HALF in words else 0
    if any(one.state is CARE and one.start <= moment < one.end for one in impacts):
        return 0
    lone = [one for one in failures if not any(each.start < one.end and one.start < each.end for each in told)]
    return 2 if any(one.start <= moment < one.end for one in lone) else 0


@given(FAILURES, IMPACTS, MOMENTS, st.randoms(use_true_random=False))
def test_downtime_is_what_counting_each_moment_finds(
    failures: list[Failure], impacts: list[Impact], window: tuple[int, int], chance: random.Random
) -> None:
    told = [*failures, *chance.sample(failures, len(failures) // 2)]
    chance.shuffle(told)
    downtime = find_downtime(told, [*impacts, *reversed(impacts)])
    start, end = window
    assert downtime.within(start, end) == sum(halves_at(one, failures, impacts) for one in range(start, end)) // 2
    assert all(
        one.end < other.start or (one.end == other.start and one.weight != other.weight)
        for one, other in pairwise(downtime.outages)
    )


@given(FAILURES, IMPACTS)
def test_what_spent_it_never_spent_more_than_its_time_and_covers_all(
    failures: list[Failure], impacts: list[Impact]
) -> None:
    downtime = find_downtime(failures, impacts)
    spenders = find_spenders(failures, impacts, downtime, 0, LAST)
    spent = [one.spent_ms for one in spenders]
    assert spent == sorted(spent, reverse=True)
    assert all(one <= downtime.within(0, LAST) for one in spent)
    # what each has is cut to whole milliseconds
    assert sum(spent) + len(failures) + len(impacts) >= downtime.within(0, LAST)


@pytest.mark.parametrize(
    "failures, impacts, within",
    [
        pytest.param([(0, 60), (30, 90)], [], 90, id="two that overlap are one"),
        pytest.param([(0, 60)], [(10, 40, DOWN)], 30, id="what the page says replaces the incident"),
        pytest.param([(0, 60)], [(0, 60, HALF)], 30, id="a partial outage counts half"),
        pytest.param([(0, 60)], [(0, 10, SLOW)], 0, id="slow is up"),
        pytest.param([(0, 60), (70, 80)], [(0, 10, SLOW)], 10, id="another incident stands for itself"),
        pytest.param([(0, 60)], [(10, 40, CARE)], 30, id="a maintenance is up, and replaces nothing"),
        pytest.param([], [(10, 40, CARE), (20, 30, DOWN)], 10, id="an outage in a maintenance"),
        pytest.param([], [(10, 40, HALF), (20, 30, DOWN)], 20, id="of several words the worst"),
        pytest.param([], [(0, 3, HALF)], 1, id="half a millisecond is cut off"),
        pytest.param([(10, 10)], [(5, 5, DOWN)], 0, id="what has no length"),
    ],
)
def test_examples(failures: list[tuple[int, int]], impacts: list[tuple[int, int, ImpactState]], within: int) -> None:
    found = find_downtime(
        [Failure(str(number), *span) for number, span in enumerate(failures)],
        [Impact(str(number), start, end, state) for number, (start, end, state) in enumerate(impacts)],
    )
    assert found.within(0, 100) == within


def test_what_spent_it_is_told_longest_first_and_without_an_incident_too() -> None:
    failures = [Failure("short", 0, 10), Failure("long", 100, 160), Failure("replaced", 200, 300)]
    impacts = [Impact("for it", 210, 230, DOWN), Impact("alone", 400, 404, HALF)]
    downtime = find_downtime(failures, impacts)
    assert find_spenders(failures, impacts, downtime, 0, 1000) == [
        Spender("long", None, 100, 160, 60),
        Spender("replaced", None, 200, 300, 20),
        Spender("short", None, 0, 10, 10),
        Spender(None, "alone", 400, 404, 2),
    ]
