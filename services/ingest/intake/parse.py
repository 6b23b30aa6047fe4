"""From the bytes of a request to its alerts: the only place where a body can be refused.

Refused are bytes that are no JSON, a body that has not the shape of its source, more than `MOST_ALERTS` at once, and
more than `MOST_VALUES` objects and lists; the last two are counted before anything is built. JSON that strict readers
refuse but that can be read is read (`shared.text.lenient_json`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.ingest.intake.counting import count_listed
from services.ingest.normalisation.alert import ReceivedAlert
from services.ingest.sources import choose
from shared.problem import Problem, malformed
from shared.text.charsets import charset_of, decode
from shared.text.lenient_json import Read, read_json

MOST_ALERTS = 100_000
"""As many alerts as one request may hold."""
MOST_VALUES = 2_000_000
"""As many objects and lists as one body may hold: in 10 MB more than that are five bytes each, and say nothing."""


def parse(body: bytes, content_type: str = "") -> Read:
    """The JSON value in these bytes.

    Raises a `Problem`: 400 that says where reading ended, 413 for more than can be meant.
    """
    if len(body) > MOST_VALUES and body.count(b"{") + body.count(b"[") > MOST_VALUES:
        raise _too_many_alerts()
    # a list has no more elements than commas, so that most bodies are not counted any closer
    if (
        body.count(b",") >= MOST_ALERTS
        and count_listed(decode(body, charset_of(content_type)).text, MOST_ALERTS) > MOST_ALERTS
    ):
        raise _too_many_alerts()
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
            raise _too_many_alerts()
        yield alert


def _too_many_alerts() -> Problem:
    detail = f"One request may hold {MOST_ALERTS} alerts, and {MOST_VALUES} objects and lists."
    return Problem(413, "too_many_alerts", detail, limit=MOST_ALERTS)
