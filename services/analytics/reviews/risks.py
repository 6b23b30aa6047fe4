"""Which open incidents are late, or will be soon. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from services.analytics.table.columns import NEVER
from services.analytics.table.selection import Wanted, matching
from services.analytics.table.table import Table
from shared.clocks.epoch import from_millis, to_millis

AT_RISK = timedelta(days=1)
"""How soon the time of an incident is over that counts as at risk."""


def resolutions_at_risk(table: Table, now: datetime) -> dict[str, datetime]:
    """When incidents that are open are, or were, to be resolved, by id: those whose time is over within `AT_RISK`."""
    rows = table.incidents
    due = rows["resolution_due"]
    mask = matching(table, Wanted()) & (rows["resolved"] == NEVER) & (due != NEVER) & (due <= to_millis(now + AT_RISK))
    return {table.id_of(row): from_millis(int(due[row])) for row in np.flatnonzero(mask).tolist()}
