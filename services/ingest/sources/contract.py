"""A source is one module in `sources/`: how one tool's webhook body becomes alerts, with its form and an example.

`read` is pure and lazy, so that a large body can be read a piece at a time. It raises `Problem` 400 with a JSON
pointer for a body that is not of its shape, and mends everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ingest.normalisation.alert import ReceivedAlert


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form that makes an integration of this kind."""

    name: str
    label: str
    kind: str = "text"
    """text or service."""
    required: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A body as the tool sends it, when it arrived, and what must be read from it: one mapping an alert.

    The mapping names attributes of `ReceivedAlert` or of its content; those it leaves out may be anything.
    """

    body: Any
    at: datetime
    alerts: tuple[dict[str, Any], ...]
    malformed: tuple[tuple[Any, str], ...] = ()
    """Bodies that are refused, with the pointer of the fault."""


@dataclass(frozen=True, slots=True)
class Source:
    """What the registry finds in a module as `SOURCE`."""

    id: str
    name: str
    recognises: Callable[[Any], bool]
    """True for a body of this shape; asked in the order of `rank`."""
    read: Callable[[Any, datetime], Iterator[ReceivedAlert]]
    """The body and the time of its arrival."""
    example: Example
    rank: int = 50
    """Narrow shapes are asked before wide ones; smaller is earlier."""
    fields: tuple[Field, ...] = (
        Field("name", "Name", required=True),
        Field("service_id", "Service", kind="service", help="For alerts that do not name their service."),
    )
    setup: str = ""
    """How to point the tool here; `{url}` and `{key}` are put in."""
