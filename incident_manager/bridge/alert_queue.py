"""Alerts that wait to be sent: one for each type and place, at most so many, none lost up to that. Thread-safe.

What is sent goes out at once the first time; while it repeats it goes out at most once in `quiet_seconds`, with how
often it was seen meanwhile. What finds no room is counted, by the key of none.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from incident_manager.bridge.alert import ErrorAlert


class AlertQueue:
    """`most` different alerts may wait. Times are in seconds of a clock that only goes on."""

    def __init__(self, most: int, quiet_seconds: float) -> None:
        self._most = most
        self._quiet_seconds = quiet_seconds
        # a signal's handler, or what is collected just then, may log in the middle of this
        self._lock = threading.RLock()
        self._waiting: OrderedDict[str, ErrorAlert] = OrderedDict()
        self._sent_at: OrderedDict[str, float] = OrderedDict()
        self._on_the_way = 0
        self.dropped = 0
        """How many errors found no room."""

    def put(self, alert: ErrorAlert) -> bool:
        """Add an error; false where there was no room for one more."""
        with self._lock:
            key = alert.key
            waiting = self._waiting.get(key)
            if waiting is not None:
                self._waiting[key] = waiting.again(alert)
                return True
            if len(self._waiting) >= self._most:
                self.dropped += alert.count
                return False
            self._waiting[key] = alert
            return True

    def take(self, now: float, most: int, *, is_last: bool = False) -> list[ErrorAlert]:
        """The alerts that are due, oldest first; they wait no more. `is_last`: those that are quiet, too."""
        with self._lock:
            due = [key for key in self._waiting if is_last or self._due_at(key) <= now][:most]
            for key in due:
                self._sent_at[key] = now
                self._sent_at.move_to_end(key)
            while len(self._sent_at) > max(self._most, len(due)):
                self._sent_at.popitem(last=False)
            self._on_the_way = len(due)
            return [self._waiting.pop(key) for key in due]

    def settle(self) -> None:
        """What was taken is done with."""
        with self._lock:
            self._on_the_way = 0

    def put_back(self, alerts: list[ErrorAlert]) -> None:
        """What was taken and not sent waits again, before all others; these always have room."""
        with self._lock:
            for alert in reversed(alerts):
                newer = self._waiting.pop(alert.key, None)
                self._waiting[alert.key] = alert.again(newer) if newer is not None else alert
                self._waiting.move_to_end(alert.key, last=False)
                self._sent_at.pop(alert.key, None)
            self._on_the_way = 0

    def next_due(self) -> float | None:
        """When something is due; None where nothing waits."""
        with self._lock:
            return min((self._due_at(key) for key in self._waiting), default=None)

    def __len__(self) -> int:
        """How many wait, or are being sent."""
        with self._lock:
            return len(self._waiting) + self._on_the_way

    def _due_at(self, key: str) -> float:
        sent = self._sent_at.get(key)
        return float("-inf") if sent is None else sent + self._quiet_seconds
