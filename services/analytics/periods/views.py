"""How every report shows its period. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from services.analytics.periods.period import Calendar, Period


class PeriodView(BaseModel):
    """[from, to), and the zone and calendar in which its days are meant."""

    start: datetime
    end: datetime
    zone: str
    calendar: Calendar


def period_view(period: Period) -> PeriodView:
    """A period."""
    return PeriodView(start=period.start, end=period.end, zone=period.zone.key, calendar=period.calendar)
