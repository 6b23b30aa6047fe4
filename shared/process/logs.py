"""Structured logs: one JSON object a line, each with the service, the correlation id and the trace of what caused it.

Secrets never reach a log: fields whose names say that they hold one are replaced.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_WORDS = ("password", "secret", "token", "authorization", "api_key", "cookie", "address", "email")
DEEPEST = 12
"""Places of a library's failure that a line names, from the innermost outwards."""


def _hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event:
        if any(word in name.lower() for word in _SECRET_WORDS):
            event[name] = "[hidden]"
    return event


def configure(level: str = "INFO", **fields: str) -> None:
    """Set up logging for this process; `fields` (service, instance) stand on every line."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _hide_secrets,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(**fields)
    libraries = logging.StreamHandler(sys.stdout)
    libraries.setFormatter(LibraryLine())
    logging.basicConfig(level=logging.WARNING, handlers=[libraries])


class LibraryLine(logging.Formatter):
    """What a library logs, as one JSON object: its level, its logger, and of a failure its type and the places it came
    through. Neither a message nor a failure's words, since what somebody sent may stand in them.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {"level": record.levelname, "logger": record.name}
        failure = record.exc_info[1] if record.exc_info else None
        if failure is not None:
            frames = traceback.extract_tb(failure.__traceback__)[-DEEPEST:]
            line["exception"] = f"{type(failure).__module__}.{type(failure).__qualname__}"
            line["places"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line)


def get_logger(name: str) -> Any:
    """A logger whose lines name the module."""
    return structlog.get_logger(module=name)
