"""What a run says of its time, and when it is ended."""

from __future__ import annotations

import pytest

from tests.budgets import BUDGETS, LEAST_LIMIT, LIMIT_FACTOR, Durations, limit_of, tier_of


def report(test: str, start: float, seconds: float) -> pytest.TestReport:
    return pytest.TestReport(
        test, (test, None, ""), {}, "passed", None, "call", duration=seconds, start=start, stop=start + seconds
    )


@pytest.mark.parametrize(
    "test, tier",
    [
        pytest.param("tests/unit/oncall/test_turns.py::test_it[tests/chaos]", "unit", id="a test"),
        pytest.param("/somewhere/tests/chaos", "chaos", id="a folder"),
        pytest.param("tests/integration/test_comms.py", "integration", id="a file"),
        pytest.param("tests", "", id="all"),
        pytest.param("bench", "", id="elsewhere"),
    ],
)
def test_a_tier_is_the_folder_below_tests(test: str, tier: str) -> None:
    assert tier_of(test) == tier


def test_a_tier_takes_from_its_first_test_to_its_last_and_says_when_that_is_too_long() -> None:
    durations = Durations()
    budget = BUDGETS["chaos"]
    durations.add(report("tests/unit/test_a.py::test_one", 100, 2))
    durations.add(report("tests/unit/test_a.py::test_two", 101, 4))
    durations.add(report("tests/chaos/test_b.py::test_three", 100, budget + 1))
    unit, chaos = durations.tiers()
    assert unit.split() == f"unit 5 s of {BUDGETS['unit']} s (2 tests, 6 s one after the other)".split()
    assert f"{budget + 1} s of {budget} s, OVER BUDGET" in chaos


def test_a_test_whose_worker_died_has_no_time_of_day() -> None:
    durations = Durations()
    durations.add(report("tests/unit/test_a.py::test_one", 1_000_000, 2))
    durations.add(report("tests/unit/test_a.py::test_two", 0, 0))
    (unit,) = durations.tiers()
    assert unit.split()[:3] == ["unit", "2", "s"]


def test_the_ten_slowest_are_named_with_all_their_phases() -> None:
    durations = Durations()
    for number in range(12):
        durations.add(report(f"tests/unit/test_a.py::test_{number}", 0, number))
    durations.add(report("tests/unit/test_a.py::test_0", 20, 30))
    lines = durations.slowest()
    assert len(lines) == 10
    assert lines[0].split() == ["30.0", "s", "tests/unit/test_a.py::test_0"]
    assert lines[1].split() == ["11.0", "s", "tests/unit/test_a.py::test_11"]


def test_the_limit_of_a_run_is_a_multiple_of_its_budgets() -> None:
    assert limit_of(["tests/integration", "tests/chaos"]) == LIMIT_FACTOR * (BUDGETS["integration"] + BUDGETS["chaos"])
    assert limit_of(["tests"]) == LIMIT_FACTOR * sum(BUDGETS.values())
    assert limit_of(["tests/architecture/test_house.py"]) == LEAST_LIMIT
