"""`docs/reliability.md` says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.analytics.burn_alerts.watcher import LOOK_SECONDS
from services.analytics.reliability.burn_rules import HOUR, MINUTE, RULES, USUAL_DAYS, BurnRule

pytestmark = pytest.mark.unit

PAGE = Path("docs/reliability.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_is_in_the_table_as_it_is(rule: BurnRule) -> None:
    share = rule.rate * rule.long_ms / (USUAL_DAYS * 24 * HOUR)
    windows = f"{span(rule.long_ms)} | {span(rule.short_ms)}"
    row = f"| `{rule.name}` | {float(rule.rate):g} | {windows} | {float(100 * share):g} %"
    assert row in PAGE


def test_how_often_budgets_are_looked_at_is_said() -> None:
    assert f"every {LOOK_SECONDS:g} seconds" in PAGE


def span(millis: int) -> str:
    if millis < HOUR:
        return f"{millis // MINUTE} min"
    return f"{millis // HOUR} h" if millis < 24 * HOUR else f"{millis // (24 * HOUR)} d"
