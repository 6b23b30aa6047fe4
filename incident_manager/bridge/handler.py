"""`IncidentHandler`: a `logging.Handler` that sends each exception that a program logs as an alert of category error.

    logging.getLogger().addHandler(IncidentHandler(service="payments"))

`emit` only puts the error into a queue; a thread of its own sends (`alert_sender`). The program never waits for the
gateway and never sees an error of the handler's. What the sending thread logs itself, and what is logged while a record
is taken in, is left alone. At the exit the rest is sent for at most `exit_seconds`.
"""

from __future__ import annotations

import logging
import os
import sysconfig
import threading
import traceback
import weakref
from datetime import UTC, datetime
from types import TracebackType

from incident_manager.bridge.alert import LONGEST_TEXT, ErrorAlert, cut, cut_front
from incident_manager.bridge.alert_sender import AlertSender
from incident_manager.profiles.settings import Settings, check_key, check_url, read_settings

MOST_WAITING = 1_000
EXIT_SECONDS = 5.0
_LIBRARIES = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_FROZEN = "<frozen "


class IncidentHandler(logging.Handler):
    """The address and the key are those of `TOCSIN_URL` and `TOCSIN_API_KEY`, a profile, or said.

    The key must be one that may deliver: an integration's, or a manager's. `service` is the catalogue's id of the
    program; without it the integration's own. `messages`: errors that are logged without an exception, too.
    Raises `NotSetUp` where address and key are not known.
    """

    def __init__(
        self,
        service: str | None = None,
        *,
        url: str | None = None,
        api_key: str | None = None,
        profile: str | None = None,
        level: int = logging.ERROR,
        messages: bool = False,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        super().__init__(level)
        if url is not None and api_key is not None:
            settings = Settings(check_url(url), check_key(api_key))
        else:
            found = read_settings(profile)
            settings = Settings(check_url(url or found.url), check_key(api_key or found.api_key))
        self.exit_seconds = EXIT_SECONDS
        self._messages = messages
        self._taking_in = threading.local()
        self._has_given_up = False
        self._settings, self._service, self._most_waiting = settings, service, most_waiting
        self._sender = AlertSender(settings, service, most_waiting)
        _HANDLERS.add(self)

    @property
    def dropped(self) -> int:
        """How many errors found no room while the gateway was away."""
        return self._sender.queue.dropped

    @property
    def refused(self) -> int:
        """How many alerts the gateway refused for what they say, or for the key."""
        return self._sender.refused

    @property
    def waiting(self) -> int:
        """How many different errors wait to be sent."""
        return len(self._sender.queue)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record in; never waits, never raises."""
        if self._sender.is_this_thread() or getattr(self._taking_in, "is_on", False):
            return
        self._taking_in.is_on = True
        try:
            if record.exc_info is not None and record.exc_info[1] is not None:
                self._sender.put(alert_of_exception(record, record.exc_info[1]))
            elif self._messages:
                self._sender.put(alert_of_message(record))
        except Exception:  # noqa: BLE001 - the program that logs must go on whatever it logs
            self.handleError(record)
        finally:
            self._taking_in.is_on = False

    def flush(self) -> None:
        """Wait until everything that waits was sent, at most `exit_seconds`, also what is quiet."""
        self._has_given_up = not self._sender.send_rest(self.exit_seconds)

    def close(self) -> None:
        """Send the rest, unless a flush before gave up, and end the thread."""
        if not self._has_given_up:
            self.flush()
        self._sender.close()
        super().close()

    def begin_in_child(self) -> None:
        """A child of a fork has no thread that sends, and what its parent had to send is the parent's."""
        self._sender = AlertSender(self._settings, self._service, self._most_waiting)


def alert_of_exception(record: logging.LogRecord, error: BaseException) -> ErrorAlert:
    """The alert for an exception that was logged."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = "\n".join(dict.fromkeys(part for part in (_text(error), _logged(record)) if part)) or name
    detail = "".join(traceback.format_exception(kind, error, error.__traceback__))
    return ErrorAlert(
        error_type=name,
        place=place_of(error.__traceback__) or f"{record.pathname}:{record.lineno}",
        message=cut(message, LONGEST_TEXT),
        at=datetime.fromtimestamp(record.created, UTC),
        component=record.name,
        severity="critical" if record.levelno >= logging.CRITICAL else "high",
        detail=cut_front(detail, LONGEST_TEXT),
        labels={"process": record.processName or "", "thread": record.threadName or ""},
    )


def alert_of_message(record: logging.LogRecord) -> ErrorAlert:
    """The alert for an error that was logged without an exception; its type is its level."""
    return ErrorAlert(
        error_type=record.levelname,
        place=f"{record.pathname}:{record.lineno}",
        message=cut(_logged(record), LONGEST_TEXT),
        at=datetime.fromtimestamp(record.created, UTC),
        component=record.name,
        severity="critical" if record.levelno >= logging.CRITICAL else "high",
    )


def place_of(trace: TracebackType | None) -> str:
    """Where it happened: the innermost line that is no library's, else the innermost of all; "" without any."""
    places: list[tuple[str, int]] = []
    while trace is not None:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    own = [one for one in places if not one[0].startswith((*_LIBRARIES, _FROZEN))]
    file, line = (own or places or [("", 0)])[-1]
    return f"{file}:{line}" if file else ""


def _logged(record: logging.LogRecord) -> str:
    """What was logged; as it stands where its arguments do not fit: the exception is worth more."""
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - whatever an argument's `__str__` raises
        return str(record.msg)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a program's own `__str__` may fail
        return ""


_HANDLERS: weakref.WeakSet[IncidentHandler] = weakref.WeakSet()


def _begin_in_child() -> None:
    for handler in list(_HANDLERS):
        handler.begin_in_child()


os.register_at_fork(after_in_child=_begin_in_child)
