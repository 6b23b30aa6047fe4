"""From documents of the copies into the table. Pure, but it changes the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from services.analytics.table.counted import CountedAction, CountedPage, read_incident
from services.analytics.table.table import Table

Document = Mapping[str, Any]


def take_documents(table: Table, copy: str, documents: Sequence[Document]) -> None:
    """Take in documents of a copy, as `shared.copies.replica` keeps them."""
    take = _TAKING[copy]
    for document in documents:
        take(table, document["seq"], document["data"])


def _take_incident(table: Table, sequence: int, data: Document) -> None:
    table.take_incident(sequence, read_incident(data))


def _take_alert(table: Table, _: int, data: Document) -> None:
    table.take_alert(data["group_id"], data["source"], _in_utc(data["starts_at"]))


def _take_page(table: Table, _: int, data: Document) -> None:
    table.take_page(CountedPage.model_validate(data))


def _take_action(table: Table, sequence: int, data: Document) -> None:
    table.take_action(sequence, CountedAction.model_validate(data))


def _take_service(table: Table, _: int, data: Document) -> None:
    if data.get("deleted"):
        table.services.pop(data["id"], None)
    else:
        table.services[data["id"]] = data["name"]


def _in_utc(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


_TAKING: Mapping[str, Callable[[Table, int, Document], None]] = {
    "incidents": _take_incident,
    "alerts": _take_alert,
    "pages": _take_page,
    "actions": _take_action,
    "services": _take_service,
}
