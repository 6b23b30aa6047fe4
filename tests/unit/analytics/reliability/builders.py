"""Services, failures and reports for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.analytics.periods.period import AskedPeriod, Period, period_of
from services.analytics.reliability.downtime import Failure, Impact
from services.analytics.reliability.known_service import KnownService
from services.analytics.reliability.report import ServiceReliability, Stretch, reliability_of
from shared.clocks.epoch import to_millis

NOW = datetime(2026, 11, 30, tzinfo=UTC)
OCTOBER = period_of(AskedPeriod(month="2026-10"), NOW)


def at(text: str) -> int:
    """An instant of 2026: `10-03T12:00`."""
    return to_millis(datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC))


def service(**changes: Any) -> KnownService:
    return KnownService(id="payments", name="Payments", team="shop", slo_target=0.999, slo_window_days=30).changed(
        **changes
    )


def failure(number: int, start: str, end: str) -> Failure:
    return Failure(f"INC-{number}", at(start), at(end))


def report(
    *failures: Failure,
    impacts: tuple[Impact, ...] = (),
    of: KnownService | None = None,
    period: Period = OCTOBER,
    now: datetime = NOW,
) -> ServiceReliability:
    return reliability_of(of or service(), failures, impacts, Stretch.of(period, now))
