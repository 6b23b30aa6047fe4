"""The live stream in bytes: which facts it tells, at which position of the event stream, as Server-Sent Events.

A position is the offset of the next event in `tocsin.log` and the time at which that was true, signed, so any replica
can go on from it and nobody can have more of the log read than was told meanwhile. What is told are ids and versions,
never contents: who wants to know more asks, with their own rights.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from shared.clocks.epoch import from_millis, to_millis
from shared.events import Event
from shared.events.alerts import AlertFact
from shared.events.automation import ExecutionFact
from shared.events.incidents import IncidentFact
from shared.events.oncall import PageResult
from shared.secrecy.signing import derive_keys, is_same, sign

RESUME_FOR = timedelta(minutes=5)
RETRY_MILLIS = 2000
_LABEL = re.compile(r"([0-9]{1,18})-([0-9]{1,15})-([0-9a-f]{32})")
_MAC_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Position:
    """Everything before the event at `offset` was told at `at`."""

    offset: int
    at: datetime


@dataclass(frozen=True, slots=True)
class StreamItem:
    """One fact of the live stream, and what decides who may hear of it."""

    offset: int
    type: str
    id: str
    version: int
    at: datetime
    incident_id: str | None = None
    service_id: str | None = None
    team: str | None = None
    runbook_team: str | None = None
    """Whose the runbook of an execution is; None: nobody's, or it is no execution."""


class PositionSigner:
    """Positions as ids of events: `<offset>-<milliseconds>-<signature>`."""

    def __init__(self, secret: str) -> None:
        self._keys = derive_keys(secret, "tocsin stream positions")

    def of(self, position: Position) -> str:
        """The position as an event's id."""
        said = f"{position.offset}-{to_millis(position.at)}"
        return f"{said}-{_mac(self._keys[0], said)}"

    def read(self, label: str | None) -> Position | None:
        """The position in a `Last-Event-ID`; None for what is none of ours."""
        found = _LABEL.fullmatch(label.strip()) if label else None
        if found is None or not self._is_ours(f"{found[1]}-{found[2]}", found[3]):
            return None
        try:
            return Position(int(found[1]), from_millis(int(found[2])))
        except OverflowError:
            return None

    def _is_ours(self, said: str, mac: str) -> bool:
        return any(is_same(mac.encode(), _mac(key, said).encode()) for key in self._keys)


def _mac(key: bytes, said: str) -> str:
    return sign(key, said.encode()).hex()[:_MAC_LENGTH]


def is_resumable(position: Position | None, now: datetime) -> bool:
    """True when what was missed since is still told."""
    return position is not None and now - RESUME_FOR <= position.at <= now + timedelta(seconds=10)


def stream_item(offset: int, event: Event) -> StreamItem | None:
    """What the live stream tells of an event; None when that is nothing. That a history comes in, by the hundred
    thousand, is no live news; what somebody does with an imported incident is.
    """
    fact = event.data
    name = event.type.removesuffix(".v1")
    if isinstance(fact, IncidentFact):
        if fact.imported and name == "incident.opened":
            return None
        return StreamItem(
            offset, name, fact.id, event.sequence, event.time, incident_id=fact.id, service_id=fact.service_id,
            team=fact.team,
        )  # fmt: skip
    if isinstance(fact, AlertFact):
        return StreamItem(offset, name, fact.id, event.sequence, event.time, service_id=fact.service_id)
    if isinstance(fact, ExecutionFact):
        return StreamItem(
            offset, name, fact.id, event.sequence, event.time, incident_id=fact.incident_id,
            service_id=fact.service_id, team=fact.team, runbook_team=fact.runbook_team,
        )  # fmt: skip
    if isinstance(fact, PageResult):
        return StreamItem(offset, name, fact.page_id, event.sequence, event.time, incident_id=fact.incident_id)
    return None


def write_item(item: StreamItem, label: str) -> bytes:
    """One event; `label` is the position after it."""
    data = orjson.dumps(
        {
            "type": item.type,
            "id": item.id,
            "version": item.version,
            "at": item.at,
            "incident_id": item.incident_id,
            "service_id": item.service_id,
        }
    )
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (label.encode(), item.type.encode(), data)


def write_opening(label: str, *, reset: bool) -> bytes:
    """The first bytes of a stream. `reset`: what was missed is not known, so all must be read again."""
    name = b"reset" if reset else b"hello"
    return b"retry: %d\nid: %b\nevent: %b\ndata: {}\n\n" % (RETRY_MILLIS, label.encode(), name)


def write_heartbeat(label: str) -> bytes:
    """Keeps the connection, and moves the position of a client that nothing was told."""
    return b": still here\nid: %b\n\n" % label.encode()
