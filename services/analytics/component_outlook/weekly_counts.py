"""Incidents of each component by day, in complete weeks, counted in the table. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from services.analytics.table.selection import Wanted, select_rows
from services.analytics.table.table import Flag, Table
from shared.clocks.epoch import to_millis

MOST_WEEKS = 52
WEEK = 7


@dataclass(frozen=True, slots=True)
class ComponentCounts:
    """One service's incidents: `counts` (weeks, 7), the oldest week first, Mondays first."""

    service_id: str
    name: str
    counts: NDArray[np.int64]


def week_of(now: datetime, zone: tzinfo) -> date:
    """The Monday of the present week, in this zone."""
    today = now.astimezone(zone).date()
    return today - timedelta(days=today.weekday())


def count_weeks(table: Table, wanted: Wanted, monday: date, zone: tzinfo) -> list[ComponentCounts]:
    """The counts of each service in the complete weeks before `monday`, since the first incident of any, by service.

    Incidents that were opened for a forecast do not count: nothing had failed.
    """
    days = [monday - timedelta(days=WEEK * MOST_WEEKS - place) for place in range(WEEK * MOST_WEEKS + 1)]
    edges = np.array([to_millis(datetime.combine(one, time(), tzinfo=zone)) for one in days])
    rows = select_rows(table, wanted, int(edges[0]), int(edges[-1]))
    rows = rows[(table.incidents["flags"][rows] & Flag.FORECAST) == 0]
    if not len(rows):
        return []
    place = np.searchsorted(edges, table.incidents["created"][rows], side="right") - 1
    first = int(place.min()) // WEEK * WEEK
    services = table.incidents["service"][rows]
    found = []
    for code in np.unique(services):
        service_id = table.texts.text(int(code))
        if service_id in table.services:
            counts = np.bincount(place[services == code], minlength=WEEK * MOST_WEEKS)[first:]
            found.append(ComponentCounts(service_id, table.services[service_id], counts.reshape(-1, WEEK)))
    return sorted(found, key=lambda one: one.service_id)
