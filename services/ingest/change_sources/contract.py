"""A change source is one module in `change_sources/`: how one tool's webhook becomes changes, with an example.

`read` is pure. What the tool tells that changed nothing (a ping, a deployment that is pending, a failed pipeline) is
read as no change with a reason, never as an error. It raises `Problem` 400 with a JSON pointer for a body that is not
of its shape, and mends everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.ingest.changes.change import ReceivedChange, read_fields

Headers = Mapping[str, str]
"""By lower-case name."""

WORD = 256
"""Characters of a sender's word (a ref, a job, a state) that are looked at; what is longer is no word."""

# no part of these can match what its neighbour matches: the work on a text grows as its length
_VERSION = re.compile(r"v?\d+\.\d+(?:[.+_-][\w.+-]*)?")
_DEPLOYING = re.compile(r"deploy|release|rollout|roll-out|publish|ship|promot", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """The changes of one request; without any, `reason` says why there is none."""

    changes: tuple[ReceivedChange, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeExample:
    """A request as the tool sends it, when it arrived, and what must be read from it: one mapping a change."""

    body: Any
    at: datetime
    changes: tuple[dict[str, Any], ...]
    headers: Headers = field(default_factory=dict)
    ignored: tuple[tuple[Headers, Any], ...] = ()
    """What the tool also sends and what changes nothing."""
    malformed: tuple[tuple[Any, str], ...] = ()
    """Bodies that are refused, with the pointer of the fault."""


@dataclass(frozen=True, slots=True)
class ChangeSource:
    """What the registry finds in a module as `SOURCE`."""

    id: str
    name: str
    recognises: Callable[[Any, Headers], bool]
    read: Callable[[Any, Headers, datetime], Reading]
    example: ChangeExample
    rank: int = 50
    """Narrow shapes are asked before wide ones; smaller is earlier."""
    setup: str = ""
    """How to point the tool here; `{url}` and `{key}` are put in."""


def one_change(source: str, arrived: datetime, /, **fields: Any) -> Reading:
    """One change of a tool, in the members of our generic body; what is None is left out."""
    return Reading(
        (read_fields({name: value for name, value in fields.items() if value is not None}, source, arrived),)
    )


def no_change(reason: str) -> Reading:
    """No change, and why; what no text can carry in the sender's words is replaced."""
    return Reading(reason=reason[:300].encode("utf-8", "replace").decode())


def part(body: Any, *names: str) -> dict[str, Any]:
    """The object at this path; an empty one when there is none."""
    for name in names:
        body = body.get(name) if isinstance(body, dict) else None
    return body if isinstance(body, dict) else {}


def text(value: Any) -> str | None:
    """A text that is not blank, or a number as text; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


def first_line(value: Any) -> str | None:
    """The first line of a text."""
    said = text(value)
    return said.splitlines()[0].strip() if said else None


def version_of(ref: Any, sha: Any) -> str | None:
    """The version that a git ref names (a tag, or what looks like one), else the commit's first seven characters."""
    name = text(ref) or ""
    tag = name.removeprefix("refs/tags/")
    if tag != name or _VERSION.fullmatch(name[:WORD]):
        return tag
    commit = text(sha)
    return commit[:7] if commit else None


def is_deployment(*names: Any) -> bool:
    """True when a job or workflow says by its name that it deploys."""
    return any(_DEPLOYING.search(name[:WORD]) for name in names if isinstance(name, str))
