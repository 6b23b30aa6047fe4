"""From a delivery's bytes to its parsed body, put together where a CloudEvent's attributes stand in the headers."""

from __future__ import annotations

from collections.abc import Iterable

from services.ingest.intake.api.delivery import Delivery
from services.ingest.intake.parse import parse
from services.ingest.sources import cloudevents
from shared.text.charsets import charset_of, decode
from shared.text.lenient_json import Read


def read_body(delivery: Delivery) -> Read:
    """The JSON in a delivery. Raises the `Problem` of one that can't be read."""
    return parse(delivery.content(), delivery.content_type)


def open_body(headers: Iterable[tuple[str, str]], delivery: Delivery) -> tuple[Read, str | None]:
    """The parsed body and the source that the request names. CloudEvents name themselves in the headers."""
    attributes = cloudevents.attributes(headers)
    kind = delivery.content_type.lower()
    if kind.startswith(cloudevents.CONTENT_TYPE):
        return read_body(delivery), delivery.source or cloudevents.SOURCE.id
    if attributes is None:
        return read_body(delivery), delivery.source
    data = _data(delivery, is_text=kind.startswith("text/"))
    return Read({**attributes, "data": data.value}, data.notes), delivery.source or cloudevents.SOURCE.id


def _data(delivery: Delivery, *, is_text: bool) -> Read:
    if not delivery.content():
        return Read(None)
    if not is_text:
        return read_body(delivery)
    found = decode(delivery.body, charset_of(delivery.content_type))
    return Read(found.text, found.notes)
