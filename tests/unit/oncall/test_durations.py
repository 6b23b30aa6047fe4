"""How long something lasts, as people say it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.oncall.durations import duration_text

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "hours, text",
    [
        (0.4364, "26 minutes"),
        (0.001, "less than a minute"),
        (0, "less than a minute"),
        (-1, "less than a minute"),
        (1 / 60, "1 minute"),
        (59.9 / 60, "1 hour"),
        (1, "1 hour"),
        (1.0834, "1 hour and 5 minutes"),
        (23, "23 hours"),
        (24, "1 day"),
        (24.5, "1 day"),
        (26.5, "1 day and 2 hours"),
        (720, "30 days"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(hours: float, text: str) -> None:
    assert duration_text(timedelta(hours=hours)) == text
