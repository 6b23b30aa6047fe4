"""What HTTP shows of an import; clients are written against these names."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.incident.history.plan import Tally
from services.incident.history.row import HistoryRow


class RejectedView(BaseModel):
    """A row that was not taken."""

    model_config = ConfigDict(from_attributes=True)

    place: int
    """Where it stands in the body, from 1."""
    id: str | None
    reason: str


class NotedView(BaseModel):
    """What is worth knowing of a row that was taken, or was there: who is unknown here, what was left out."""

    model_config = ConfigDict(from_attributes=True)

    place: int
    id: str | None
    notes: list[str]


class HistoryImportView(BaseModel):
    """What became of each row: `read` is the sum of the other three."""

    read: int
    imported: int
    already_there: int
    rejected: list[RejectedView]
    noted: list[NotedView]


def import_view(tally: Tally) -> HistoryImportView:
    """What became of the rows."""
    return HistoryImportView(
        read=tally.read,
        imported=tally.imported,
        already_there=tally.already_there,
        rejected=[RejectedView.model_validate(one) for one in tally.rejected],
        noted=[NotedView(place=one.place, id=one.id, notes=list(one.notes)) for one in tally.noted],
    )


@cache
def row_schema() -> dict[str, Any]:
    """The JSON schema of a row, with its parts in it and not beside it."""
    schema = HistoryRow.model_json_schema()
    parts = schema.pop("$defs")

    def resolve(value: Any) -> Any:
        if isinstance(value, dict):
            named = value.get("$ref", "").rpartition("/")[2]
            more = {key: resolve(one) for key, one in value.items() if key != "$ref"}
            return {**resolve(parts[named]), **more} if named else more
        return [resolve(one) for one in value] if isinstance(value, list) else value

    resolved: dict[str, Any] = resolve(schema)
    return resolved
