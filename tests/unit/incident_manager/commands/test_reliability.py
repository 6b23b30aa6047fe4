"""How `reliability` shows a service."""

from __future__ import annotations

from typing import Any

import pytest

from incident_manager.commands.reliability import duration, percent, row_of

pytestmark = pytest.mark.unit

SERVICE: dict[str, Any] = {
    "name": "پرداخت",
    "uptime": 0.75,
    "downtime_seconds": 3661.4,
    "slo": {"target": 0.999, "met": False},
    "budget": {"left_share": -249.0},
    "burn_rate": 250.0,
    "spent_by": [
        {"incident_id": None, "title": None},
        {"incident_id": "INC-20261130-0001", "title": "Database lost"},
    ],
}


def test_a_service_is_a_row() -> None:
    assert row_of(SERVICE) == (
        "پرداخت", "75%", "99.9%", "1:01:01", "-24900.0%", "250.00", "INC-20261130-0001 Database lost",
    )  # fmt: skip


def test_what_was_not_promised_is_a_dash() -> None:
    plain = SERVICE | {"slo": None, "budget": None, "burn_rate": None, "uptime": None, "spent_by": []}
    assert row_of(plain) == ("پرداخت", "–", "–", "1:01:01", "–", "–", "")


@pytest.mark.parametrize(
    "share, text", [(1.0, "100%"), (0.999, "99.9%"), (0.99899999, "99.8999%"), (0.9999999, "99.9999%"), (0.0, "0%")]
)
def test_what_was_missed_never_looks_met(share: float, text: str) -> None:
    assert percent(share) == text


def test_days_are_told_as_hours() -> None:
    assert duration(90_000) == "25:00:00"
