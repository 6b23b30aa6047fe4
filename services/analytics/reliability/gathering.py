"""Which failures of the table each service had. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from services.analytics.reliability.downtime import Failure
from services.analytics.table.columns import NEVER
from services.analytics.table.downtime import are_failures, overlapping
from services.analytics.table.selection import Wanted, matching
from services.analytics.table.table import Table


def failures_by_service(
    table: Table, begin: int, now: int, service_id: str | None = None
) -> Mapping[str, Sequence[Failure]]:
    """The failures that were open at some time in [begin, now), whole, by service; open ones last to `now`.

    Instants are milliseconds since 1970. Whose team an incident is makes no difference: it was the service that failed.
    """
    rows = np.flatnonzero(matching(table, Wanted(service_id=service_id)))
    rows = overlapping(table, rows, begin, now)
    rows = rows[are_failures(table, rows)]
    columns = table.incidents
    created, resolved, services = (columns[name][rows].tolist() for name in ("created", "resolved", "service"))
    found: dict[str, list[Failure]] = {}
    for row, start, end, service in zip(rows.tolist(), created, resolved, services, strict=True):
        if service:
            is_open = end == NEVER
            failure = Failure(table.id_of(row), start, now if is_open else min(end, now), is_open)
            found.setdefault(table.texts.text(service), []).append(failure)
    return found
