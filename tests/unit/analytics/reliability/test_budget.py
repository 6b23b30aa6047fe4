"""Error budgets and burn rules, by cases restated from OneUptime's tests (Apache-2.0) and the SRE workbook."""

from __future__ import annotations

from fractions import Fraction

import pytest

from services.analytics.reliability.budget import (
    DAY_MILLIS,
    budget_of,
    burn_rate,
    decide_state,
)
from services.analytics.reliability.burn_rules import HOUR, MINUTE, RULES, find_burns
from services.analytics.reliability.downtime import Downtime, Failure, Outage, find_downtime
from shared.events.analytics.budgets import BudgetState, BurnName

pytestmark = pytest.mark.unit

HEALTHY, AT_RISK, EXHAUSTED = BudgetState
NOW = 400 * DAY_MILLIS


@pytest.mark.parametrize(
    "target, window_s, bad_ms, total_ms, left_percent",
    [
        (0.999, 1_000_000, 400_000, 1_000_000, Fraction(60)),
        (0.999, 1_000_000, 1_500_000, 1_000_000, Fraction(-50)),
        (0.99, 86_400, 432_000, 864_000, Fraction(50)),
        (0.99, 86_400, 2_000_000, 864_000, Fraction(-1_136_000, 8640)),
        (0.99, 86_400, 864_000, 864_000, Fraction(0)),
        (0.9999, 86_400, 4_320, 8_640, Fraction(50)),
    ],
)
def test_budgets_are_exact_and_signed(
    target: float, window_s: int, bad_ms: int, total_ms: int, left_percent: Fraction
) -> None:
    budget = budget_of(target, window_s * 1000, bad_ms)
    assert (budget.total_ms, budget.left_ms) == (total_ms, total_ms - bad_ms)
    assert budget.left_share * 100 == left_percent


@pytest.mark.parametrize(
    "bad_ms, total_ms, target, burn",
    [
        (36_000, 3_600_000, 0.999, 10),
        (51_840, 3_600_000, 0.999, Fraction("14.4")),
        (36_000, 3_600_000, 0.995, 2),
        (36_000, 3_600_000, 0.9999, 100),
        (1_000, 1_000_000, 0.99, Fraction("0.1")),
        (3_600_000, 3_600_000, 0.999, 1000),
        (3_600_000, 3_600_000, 0.95, 20),
        (0, 0, 0.999, 0),
    ],
)
def test_burn_rates(bad_ms: int, total_ms: int, target: float, burn: Fraction) -> None:
    assert burn_rate(target, total_ms, bad_ms) == burn


@pytest.mark.parametrize(
    "target, days, seconds",
    [
        (0.99, 7, 6048), (0.99, 30, 25_920), (0.99, 90, 77_760), (0.995, 7, 3024), (0.999, 30, 2592),
        (0.9995, 7, 302.4), (0.9999, 30, 259.2), (0.9999, 90, 777.6),
    ],
)  # fmt: skip
def test_budgets_of_usual_windows(target: float, days: int, seconds: float) -> None:
    assert budget_of(target, days * DAY_MILLIS, 0).total_ms == round(seconds * 1000)


@pytest.mark.parametrize(
    "before, walk",
    [
        (
            HEALTHY,
            [
                ("80", HEALTHY), ("25", HEALTHY), ("20.000001", HEALTHY), ("20", AT_RISK), ("12", AT_RISK),
                ("22", AT_RISK), ("24.999999", AT_RISK), ("25", HEALTHY), ("24.999999", HEALTHY),
            ],
        ),
        (
            AT_RISK,
            [
                ("0.1", AT_RISK), ("0", EXHAUSTED), ("-55", EXHAUSTED), ("0.5", EXHAUSTED), ("1.999999", EXHAUSTED),
                ("2", AT_RISK),
            ],
        ),
    ],
)  # fmt: skip
def test_a_state_is_left_later_than_it_is_entered(before: BudgetState, walk: list[tuple[str, BudgetState]]) -> None:
    for percent, expected in walk:
        before = decide_state(before, Fraction(percent) / 100)
        assert before is expected, percent


def test_rules_scale_with_the_window() -> None:
    rates = {days: [float(rule.threshold(days)) for rule in RULES] for days in (7, 28, 30, 90)}
    assert rates == {7: [3.36, 1.4, 7 / 30], 28: [13.44, 5.6, 28 / 30], 30: [14.4, 6, 1], 90: [43.2, 18, 3]}
    # each stands for a share of a budget: 2, 5 and 10 %
    assert [rule.rate * rule.long_ms / (30 * DAY_MILLIS) for rule in RULES] == [
        Fraction("0.02"), Fraction("0.05"), Fraction("0.1"),
    ]  # fmt: skip


def burning(downtime: Downtime, target: float = 0.999, days: int = 30, now: int = NOW) -> list[BurnName]:
    return [one.rule.name for one in find_burns(downtime, target, days, now) if one.is_burning]


def lasting(minutes: float, until: int = NOW) -> Downtime:
    return find_downtime([Failure("INC", until - int(minutes * MINUTE), until)], [])


@pytest.mark.parametrize(
    "downtime, expected",
    [
        pytest.param(lasting(0.863), [], id="a moment less than 14.4 over an hour"),
        pytest.param(lasting(0.864), [BurnName.FAST], id="14.4 over an hour: 51.84 seconds"),
        pytest.param(lasting(60), [BurnName.FAST, BurnName.SLOW, BurnName.CREEPING], id="an hour"),
        pytest.param(lasting(60, NOW - 6 * MINUTE), [BurnName.SLOW, BurnName.CREEPING], id="over for 6 minutes"),
        pytest.param(lasting(60, NOW - HOUR), [BurnName.CREEPING], id="over for an hour"),
        pytest.param(lasting(60, NOW - 7 * HOUR), [], id="over for 7 hours"),
        pytest.param(lasting(20 / 60), [], id="20 seconds of a service known for five minutes"),
    ],
)
def test_both_windows_must_burn(downtime: Downtime, expected: list[BurnName]) -> None:
    assert burning(downtime) == expected


def test_a_longer_window_is_less_easily_alarmed() -> None:
    downtime = Downtime([Outage(NOW - 2 * MINUTE, NOW, 2)])
    assert burning(downtime, days=30) == [BurnName.FAST]
    assert burning(downtime, days=90) == []
    assert burning(downtime, days=7) == [BurnName.FAST, BurnName.SLOW, BurnName.CREEPING]
