"""From documents of the copies into the table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from services.analytics.table.counted import CountedAction, CountedDuty, CountedIncident, CountedPage, CountedTurn
from services.analytics.table.table import Table
from shared.clocks.epoch import to_millis
from shared.mongo import Document


def take_documents(table: Table, copy: str, documents: Sequence[Document]) -> None:
    """Take in documents of a copy, as `shared.copies.replica` keeps them."""
    take = _TAKING[copy]
    for document in documents:
        take(table, document["seq"], document["data"])


def _take_incident(table: Table, sequence: int, data: Document) -> None:
    table.take_incident(sequence, CountedIncident.model_validate(data))


def _take_alert(table: Table, _: int, data: Document) -> None:
    table.take_alert(data["group_id"], data["source"], data["starts_at"])


def _take_page(table: Table, _: int, data: Document) -> None:
    table.take_page(CountedPage.model_validate(data))


def _take_action(table: Table, sequence: int, data: Document) -> None:
    table.take_action(sequence, CountedAction.model_validate(data))


def _take_duty(table: Table, sequence: int, data: Document) -> None:
    turns = [
        CountedTurn(sys.intern(one["user_id"]), to_millis(one["start"]), to_millis(one["end"]), one["time_zone"])
        for one in data["turns"]
    ]
    table.take_duty(sequence, CountedDuty(data["id"], data.get("team"), tuple(turns)))


def _take_service(table: Table, _: int, data: Document) -> None:
    if data.get("deleted"):
        table.services.pop(data["id"], None)
    else:
        table.services[data["id"]] = data["name"]


_TAKING: Mapping[str, Callable[[Table, int, Document], None]] = {
    "incidents": _take_incident,
    "alerts": _take_alert,
    "pages": _take_page,
    "actions": _take_action,
    "services": _take_service,
    "duty_days": _take_duty,
}
