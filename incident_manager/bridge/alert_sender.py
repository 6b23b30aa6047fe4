"""The thread that sends a program's errors: at once, again after pauses while the gateway is away, the rest at the end.

The queue keeps up to so many different errors (type and place), each with its count. What finds no room is counted, and
told as an alert of its own once there is room.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from datetime import UTC, datetime

from incident_manager.bridge.alert import ErrorAlert
from incident_manager.bridge.alert_queue import AlertQueue
from incident_manager.bridge.alert_sending import send_alerts
from incident_manager.client.errors import NotAllowed, TocsinError
from incident_manager.client.gateway import Gateway
from incident_manager.profiles.settings import Settings

QUIET_SECONDS = 60.0
ALERTS_A_CALL = 50
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
PAUSE_AT_THE_END = 0.1
ANSWER_SECONDS = 10.0


class AlertSender:
    """Its thread begins with the first error, so a program that logs none has none."""

    def __init__(self, settings: Settings, service: str | None, most: int) -> None:
        self.queue = AlertQueue(most, QUIET_SECONDS)
        self.refused = 0
        self._settings = settings
        self._service = service
        self._news = threading.Event()
        self._is_ending = threading.Event()
        """Nothing is held back any more, and pauses are short."""
        self._is_closed = threading.Event()
        self._starting = threading.Lock()
        self._is_begun = False
        self._thread: threading.Thread | None = None
        self._told_dropped = 0

    def is_this_thread(self) -> bool:
        """True in the thread that sends."""
        return threading.current_thread() is self._thread

    def put(self, alert: ErrorAlert) -> None:
        """Have an error sent, as soon as can be."""
        self.queue.put(alert)
        if self._thread is None:
            self._start()
        self._news.set()

    def _start(self) -> None:
        with self._starting:
            if self._is_begun or self._is_closed.is_set():
                return
            self._is_begun = True
            self._thread = threading.Thread(target=self._run, name="incident-handler", daemon=True)
            self._thread.start()

    def send_rest(self, seconds: float) -> bool:
        """Wait until nothing waits any more, at most so long; false where something still does."""
        until = time.monotonic() + seconds
        self._is_ending.set()
        self._news.set()
        while len(self.queue) and self._thread is not None and self._thread.is_alive() and time.monotonic() < until:
            time.sleep(0.02)
        self._is_ending.clear()
        return not len(self.queue)

    def close(self) -> None:
        """End the thread; what still waits is lost."""
        self._is_closed.set()
        self._is_ending.set()
        self._news.set()

    def _run(self) -> None:
        pause = 0.0
        with Gateway(self._settings, seconds=ANSWER_SECONDS, tries=1) as gateway:
            while not self._is_closed.is_set():
                self._wait(pause)
                pause = self._send(gateway, pause)

    def _send(self, gateway: Gateway, pause: float) -> float:
        """Send what is due; returns how long to wait before the next try, 0 when it went well."""
        taken = self.queue.take(time.monotonic(), ALERTS_A_CALL, is_last=self._is_ending.is_set())
        dropped = self.queue.dropped
        try:
            self.refused += send_alerts(gateway, [*taken, *self._tell_dropped(taken, dropped)], self._service)
        except NotAllowed as error:
            self.refused += len(taken)
            self._complain(error.detail)
            pause = LONGEST_PAUSE
        except TocsinError:
            self.queue.put_back(taken)
            pause = min(pause * 2 or FIRST_PAUSE, LONGEST_PAUSE)
        except Exception as error:  # noqa: BLE001 - a thread that ends would send nothing any more
            self.queue.put_back(taken)
            self._complain(repr(error))
            pause = LONGEST_PAUSE
        else:
            self._told_dropped = dropped if taken else self._told_dropped
            pause = 0.0
        self.queue.settle()
        return pause

    def _tell_dropped(self, taken: list[ErrorAlert], dropped: int) -> list[ErrorAlert]:
        """An alert for what found no room, once something can be sent again."""
        lost = dropped - self._told_dropped
        if not taken or not lost:
            return []
        message = f"{lost} errors found no room while the gateway was away"
        return [ErrorAlert("ErrorsDropped", "incident_manager.bridge", message, datetime.now(UTC))]

    def _wait(self, pause: float) -> None:
        """Until something is due, or the pause after a failure is over, or the end has come."""
        if pause:
            if self._is_ending.wait(pause):
                self._is_closed.wait(PAUSE_AT_THE_END)
            return
        due = self.queue.next_due()
        if due is not None and (self._is_ending.is_set() or due <= time.monotonic()):
            return
        self._news.wait(None if due is None else max(0.0, due - time.monotonic()))
        self._news.clear()

    def _complain(self, detail: str) -> None:
        """Say it on standard error, as `logging` says its own failures: the logs are what can't be used here."""
        if logging.raiseExceptions and sys.stderr is not None:
            sys.stderr.write(f"incident_manager: errors can't be sent: {detail}\n")
