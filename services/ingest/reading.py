"""From the bytes of a request to its alerts: the only place where a body can be refused.

Refused are bytes that are no JSON, a body that has not the shape of its source, and more than `MOST_ALERTS` at once.
JSON that strict readers refuse but that can be read is read (`shared.lenient_json`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.ingest.received import ReceivedAlert
from services.ingest.sources import choose
from shared.lenient_json import Read, read_json
from shared.problem import Problem, malformed

MOST_ALERTS = 100_000
"""As many alerts as one request may hold."""


def parse(body: bytes, content_type: str = "") -> Read:
    """The JSON value in these bytes. Raises a 400 `Problem` that says where reading ended."""
    try:
        return read_json(body, content_type)
    except ValueError as error:
        raise malformed(f"The body is not JSON: {error}.") from None


def alerts_in(body: Any, named: str | None, kind: str | None, at: datetime) -> Iterator[ReceivedAlert]:
    """The alerts of a parsed body, one after the other.

    `named` is the source that the request names, `kind` that of its integration, `at` the time of arrival. Raises a
    `Problem`: 422 for an unknown source, 400 for a body that is not of its source's shape, 413 for too many alerts.
    """
    for number, alert in enumerate(choose(body, named, kind).read(body, at)):
        if number >= MOST_ALERTS:
            raise Problem(413, "too_many_alerts", f"One request may hold {MOST_ALERTS} alerts.", limit=MOST_ALERTS)
        yield alert
