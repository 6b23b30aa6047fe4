"""Sends rows to `POST /history/import`, some hundred a call, and tells what became of each.

It may be stopped at any time and begun again: what is there already is told so. Only the rows of one call, what was
refused, and a digest of each row without an id are in memory.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from incident_manager.client.errors import BadAnswer, BadInput, Conflict, NotFound, RouteMissing, Unreachable
from incident_manager.client.gateway import STILL_UNDER_WAY, Gateway
from incident_manager.history.row import Occurrences, Row

ROWS_A_CALL = 250
CHARACTERS_A_CALL = 2 * 1024 * 1024
PATH = "/history/import"
PAUSES_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Before a call is made again that the gateway could not answer."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not in: its line in the file, what it calls itself, and why."""

    line: int
    id: str | None
    reason: str


@dataclass(slots=True)
class Tally:
    """What became of the rows so far."""

    read: int = 0
    imported: int = 0
    already_there: int = 0
    rejected: list[Refused] = field(default_factory=list)
    noted: list[Refused] = field(default_factory=list)
    """Rows that are in, and what was said of them."""

    def as_json(self) -> dict[str, Any]:
        """As programs read it."""
        return {
            "read": self.read,
            "imported": self.imported,
            "already_there": self.already_there,
            "rejected": [{"line": one.line, "id": one.id, "reason": one.reason} for one in self.rejected],
            "noted": [{"line": one.line, "id": one.id, "notes": one.reason} for one in self.noted],
        }


Translate = Callable[[dict[str, Any]], dict[str, Any]]
"""From a row of the file to one of a history. Raises `ValueError` with the reason for one that can't be."""
Told = Callable[[Tally, int], None]
"""Hears how far it has come: what became of the rows, and how many bytes of the file were read."""


def send(
    gateway: Gateway,
    rows: Iterable[Row],
    translate: Translate,
    tally: Tally,
    told: Told,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Send all rows and count in `tally`, which is right also where this ends early. Raises `TocsinError`."""
    for batch in _batches(_translated(rows, translate, tally)):
        _send_batch(gateway, batch, tally, pause)
        told(tally, batch[-1].at)


@dataclass(frozen=True, slots=True)
class _Ready:
    line: int
    at: int
    value: dict[str, Any]
    text: str


def _translated(rows: Iterable[Row], translate: Translate, tally: Tally) -> Iterator[_Ready]:
    occurrences = Occurrences()
    for row in rows:
        if row.value is None:
            tally.read += 1
            tally.rejected.append(Refused(row.line, None, row.fault))
            continue
        try:
            value = translate(row.value)
        except ValueError as error:
            tally.read += 1
            tally.rejected.append(Refused(row.line, _id_of(row.value), str(error)))
            continue
        if value.get("id") is None:
            plain = {name: one for name, one in value.items() if name not in ("id", "occurrence")}
            value = plain | {"occurrence": occurrences.number(plain)}
        yield _Ready(row.line, row.at, value, json.dumps(value, ensure_ascii=False, allow_nan=False))


def _batches(rows: Iterable[_Ready]) -> Iterator[list[_Ready]]:
    batch: list[_Ready] = []
    size = 0
    for row in rows:
        if batch and (len(batch) >= ROWS_A_CALL or size + len(row.text) > CHARACTERS_A_CALL):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += len(row.text)
    if batch:
        yield batch


def _post(gateway: Gateway, batch: list[_Ready], tally: Tally, pause: Callable[[float], None]) -> Any:
    """What the gateway answers; once it has answered at all, what goes wrong for a minute ends no import of an hour.

    Each try has a key of its own: rows that are there already are told so, and an answer under the old key may be lost.
    """
    for seconds in PAUSES_SECONDS if tally.read else ():
        try:
            return gateway.post(PATH, {"incidents": [row.value for row in batch]})
        except Unreachable:
            pause(seconds)
        except Conflict as error:
            if error.code != STILL_UNDER_WAY:
                raise
            pause(seconds)
    return gateway.post(PATH, {"incidents": [row.value for row in batch]})


def _send_batch(gateway: Gateway, batch: list[_Ready], tally: Tally, pause: Callable[[float], None]) -> None:
    try:
        answer = _post(gateway, batch, tally, pause)
    except NotFound as error:
        raise RouteMissing(f"This gateway does not know {PATH} yet.") from error
    except BadInput as error:
        if error.status == 413 and len(batch) > 1:
            middle = len(batch) // 2
            _send_batch(gateway, batch[:middle], tally, pause)
            _send_batch(gateway, batch[middle:], tally, pause)
            return
        tally.read += len(batch)
        tally.rejected += [Refused(row.line, _id_of(row.value), error.detail) for row in batch]
        return
    if not isinstance(answer, dict):
        raise BadAnswer(f"{PATH} answered something else than was asked for.")
    tally.read += len(batch)
    tally.imported += int(answer.get("imported", 0))
    tally.already_there += int(answer.get("already_there", 0))
    tally.rejected += [Refused(_line_of(batch, one), one.get("id"), str(one["reason"])) for one in answer["rejected"]]
    for one in answer.get("noted") or answer.get("notes") or ():
        notes = one.get("notes") or one.get("note") or ()
        said = "; ".join(str(note) for note in notes) if not isinstance(notes, str) else notes
        tally.noted.append(Refused(_line_of(batch, one), one.get("id"), said))


def _line_of(batch: list[_Ready], told: dict[str, Any]) -> int:
    place = int(told["place"])
    return batch[place - 1].line if 0 < place <= len(batch) else 0


def _id_of(value: dict[str, Any]) -> str | None:
    found = value.get("id")
    return found[:100] if isinstance(found, str) else None
