"""From a delivery's bytes to its parsed body, put together where a CloudEvent's attributes stand in the headers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.ingest.api.reception import Delivery
from services.ingest.reading import parse
from services.ingest.sources import cloudevents


def opened(headers: Iterable[tuple[str, str]], delivery: Delivery) -> tuple[Any, str | None]:
    """The parsed body and the source that the request names. CloudEvents name themselves in the headers."""
    attributes = cloudevents.attributes(headers)
    kind = delivery.content_type.lower()
    content = delivery.content()
    if kind.startswith(cloudevents.CONTENT_TYPE):
        return parse(content), delivery.source or cloudevents.SOURCE.id
    if attributes is None:
        return parse(content), delivery.source
    data = None
    if content:
        data = content.decode("utf-8", "replace") if kind.startswith("text/") else parse(content)
    return {**attributes, "data": data}, delivery.source or cloudevents.SOURCE.id
