"""A line of a file of errors as an alert: the members of an error history, or those that JSON loggers write. Pure.

The place is `file` and `line` (`pathname`, `lineno`), else the last one of the traceback, else the component.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from incident_manager.bridge.alert import LONGEST_TEXT, ErrorAlert, cut, cut_front
from incident_manager.bridge.error_row import read_time
from incident_manager.history.row import DECODER, fault_of

TYPES = ("error_type", "exc_type", "exception_type", "exception_class", "type")
MESSAGES = ("message", "msg", "error", "event", "exception")
COMPONENTS = ("component", "logger", "name", "service", "app")
TIMES = ("timestamp", "time", "ts", "@timestamp", "asctime", "at")
FILES = ("file", "pathname", "filename", "module")
LINE_NUMBERS = ("line", "lineno", "line_number")
TRACES = ("traceback", "exc_info", "exc_text", "stack", "stack_info", "exception")
LEVELS = ("severity", "level", "levelname", "log_level")
_FRAME = re.compile(r'File "([^"\n]{1,500})", line (\d{1,9})')
_LAST = re.compile(r"^([A-Za-z_][\w.]{0,200})(?::|$)")


def read_line(text: bytes | None) -> ErrorAlert:
    """The error in a line. Raises `ValueError` with the reason for a line that is none."""
    if text is None:
        raise ValueError("the line is too long")
    try:
        value = DECODER.decode(text.decode(errors="replace").strip().removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the line is no JSON: {fault_of(error)}") from error
    if not isinstance(value, dict):
        raise ValueError("the line is no object")  # noqa: TRY004 - all faults of a line are one kind
    return error_in(value)


def error_in(value: Mapping[str, Any]) -> ErrorAlert:
    """The error that an object tells. Raises `ValueError` where it has neither a type nor a message."""
    trace = _first(value, TRACES)
    error_type = _first(value, TYPES) or _type_in(trace)
    message = _first(value, MESSAGES) or _last_line(trace)
    if not error_type and not message:
        raise ValueError("there is neither a type nor a message in it")
    component = _first(value, COMPONENTS)
    critical = _first(value, LEVELS).lower() in ("critical", "fatal", "emergency", "alert")
    return ErrorAlert(
        error_type=error_type,
        place=cut(_place(value, trace) or component, LONGEST_TEXT),
        message=cut(message, LONGEST_TEXT),
        at=_time(value),
        component=component,
        severity="critical" if critical else "high",
        detail=cut_front(trace, LONGEST_TEXT),
    )


def _first(value: Mapping[str, Any], names: Sequence[str]) -> str:
    for name in names:
        found = value.get(name)
        if isinstance(found, str) and found.strip():
            return found.strip()
        if isinstance(found, int | float) and not isinstance(found, bool):
            return str(found)
    return ""


def _place(value: Mapping[str, Any], trace: str) -> str:
    file, line = _first(value, FILES), _first(value, LINE_NUMBERS)
    if file:
        return f"{file}:{line}" if line else file
    frames = _FRAME.findall(trace)
    return f"{frames[-1][0]}:{frames[-1][1]}" if frames else ""


def _last_line(trace: str) -> str:
    return next((line.strip() for line in reversed(trace.splitlines()) if line.strip()), "")


def _type_in(trace: str) -> str:
    found = _LAST.match(_last_line(trace)[:1000])
    return found[1] if found else ""


def _time(value: Mapping[str, Any]) -> datetime | None:
    for name in TIMES:
        try:
            return read_time(value.get(name), name)
        except ValueError:
            continue
    return None
