"""The parameters by which every report is asked for a period. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.analytics.periods.period import AskedPeriod, Calendar, Period, period_of
from shared.problem import invalid

LONGEST_DAYS = 36_600
"""A hundred years: nobody has older incidents."""


class PeriodQuery(BaseModel):
    """A period: a month, a quarter, or from and to; the last 30 days where nothing is said."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: Annotated[str | None, Field(alias="from", max_length=64, description="a time, or a day in the zone")] = None
    end: Annotated[str | None, Field(alias="to", max_length=64, description="before this time or day")] = None
    month: Annotated[
        str | None, Field(max_length=16, description="such as 2026-10, or 1405-07 of the Persian year")
    ] = None
    quarter: Annotated[
        str | None, Field(max_length=16, description="such as 2026Q3, or 1405Q2 of the Persian year")
    ] = None
    zone: Annotated[str | None, Field(max_length=64, description="an IANA time zone; else the house's own")] = None
    calendar: Annotated[Calendar | None, Field(description="by which days, weeks and months are named")] = None

    def period(self, now: datetime, usual_zone: str) -> Period:
        """The period that is asked for. Raises a 422 `Problem` that names the parameter that is wrong."""
        asked = AskedPeriod(self.month, self.start, self.end, self.zone, self.calendar, self.quarter)
        found = period_of(asked, now, usual_zone)
        if (found.end - found.start).days > LONGEST_DAYS:
            raise invalid("/from", f"a period of more than {LONGEST_DAYS} days")
        return found
