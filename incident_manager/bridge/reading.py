"""What the bridge reads to compare: the errors of a file, and the incidents, services and people of the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from incident_manager.bridge.error_row import ErrorRow, read_error
from incident_manager.client.gateway import Gateway
from incident_manager.history.rows import read_rows


def read_errors(path: Path, encoding: str | None) -> Iterator[ErrorRow | tuple[int, str]]:
    """Each row that is an error; of one that is none its line and why. Raises `OSError`."""
    for row in read_rows(path, encoding=encoding):
        if row.value is None:
            yield row.line, row.fault
            continue
        try:
            yield read_error(row.value)
        except ValueError as error:
            yield row.line, str(error)


def read_incidents(gateway: Gateway, **query: Any) -> Iterator[dict[str, Any]]:
    """Every incident, imported ones and drills too, without what they need not be compared by."""
    for is_drill in ("false", "true"):
        yield from gateway.pages("/incidents", drill=is_drill, **query)


def read_ids(gateway: Gateway, path: str) -> set[str]:
    """The ids of a list."""
    return {str(one["id"]) for one in gateway.pages(path)}
