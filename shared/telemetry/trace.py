"""W3C trace context and the correlation id, carried from the HTTP request through every event."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Context:
    """Where the present work belongs."""

    correlation: str
    traceparent: str


_current: ContextVar[Context | None] = ContextVar("tocsin_trace", default=None)


def child(traceparent: str | None) -> str:
    """A traceparent of the same trace with a span id of its own; a new trace when there is none or it is malformed.

    Source: W3C Trace Context, section 3.2.
    """
    match = _TRACEPARENT.fullmatch(traceparent or "")
    trace, flags = match.groups() if match else (secrets.token_hex(16), "01")
    return f"00-{trace}-{secrets.token_hex(8)}-{flags}"


def enter(correlation: str, traceparent: str | None) -> Context:
    """Make this the context of the running task."""
    context = Context(correlation, child(traceparent))
    _current.set(context)
    return context


def current() -> Context | None:
    """The context of the running task, if it has one."""
    return _current.get()
