"""Follows a file of JSON lines, one error each, and sends every one as an alert of category error.

No line is lost and none is taken twice, through rotation, truncation and kill -9 (`tail`, `position`). While the
gateway is away nothing more is read, so memory does not grow. Equal errors of one call go out as one, with their count.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from incident_manager.bridge.alert import ErrorAlert
from incident_manager.bridge.alert_sending import send_alerts
from incident_manager.bridge.logged_line import read_line
from incident_manager.bridge.position import Position, read_position, write_position
from incident_manager.bridge.tail import Line, Tail
from incident_manager.client.errors import Conflict, Unreachable
from incident_manager.client.gateway import Gateway

LINES_A_CALL = 200
LOOK_SECONDS = 0.5
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0

Told = Callable[[str, dict[str, object]], None]
"""Hears what is worth knowing: the key of a text, and its values."""


@dataclass(slots=True)
class Counts:
    """What became of the lines of this run."""

    lines: int = 0
    sent: int = 0
    refused: int = 0


class Follower:
    """Follows one file. Raises `TocsinError` where going on is of no use, `OSError` for files."""

    def __init__(self, gateway: Gateway, path: Path, position: Path, service: str | None, told: Told) -> None:
        self._gateway = gateway
        self._file = position
        self._service = service
        self._told = told
        self._position = read_position(position)
        self._tail = Tail(path, self._position.done)
        self.counts = Counts()

    def follow(self, *, once: bool = False) -> Counts:
        """Send what is there and what comes; with `once` end when nothing more is there."""
        try:
            while True:
                lines = list(self._tail.lines(self._position.lines or LINES_A_CALL))
                if lines:
                    self._take(lines)
                elif once:
                    return self.counts
                else:
                    time.sleep(LOOK_SECONDS)
        finally:
            self._tail.close()

    def _take(self, lines: Sequence[Line]) -> None:
        before, self._position = self._position, Position(self._tail.place)
        is_again = before.lines == len(lines) and before.done == self._tail.place
        key = before.key if is_again else secrets.token_hex(16)
        write_position(self._file, Position(self._tail.place, len(lines), key))
        alerts = self._read(lines)
        self.counts.refused += self._send(alerts, key)
        self.counts.lines += len(lines)
        self.counts.sent += len(alerts)
        self._tail.place = lines[-1].after
        self._position = Position(self._tail.place)
        write_position(self._file, self._position)

    def _read(self, lines: Sequence[Line]) -> list[ErrorAlert]:
        found: dict[str, ErrorAlert] = {}
        for line in lines:
            try:
                alert = read_line(line.text)
            except ValueError as error:
                self.counts.refused += 1
                self._told("follow.refused", {"offset": line.after.offset, "reason": str(error)})
                continue
            known = found.get(alert.key)
            found[alert.key] = known.again(alert) if known else alert
        return list(found.values())

    def _send(self, alerts: Sequence[ErrorAlert], key: str) -> int:
        pause = 0.0
        while True:
            try:
                return send_alerts(self._gateway, alerts, self._service, key=key)
            except Conflict:
                # they were sent before for another service: what stands there now is another call
                key = secrets.token_hex(16)
            except Unreachable as error:
                if not pause:
                    self._told("follow.away", {"detail": error.detail})
                pause = min(pause * 2 or FIRST_PAUSE, LONGEST_PAUSE)
                time.sleep(pause)
