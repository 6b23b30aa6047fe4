"""From an HTTP answer to its value, or to the error that it stands for. Pure."""

from __future__ import annotations

import json
from typing import Any

from incident_manager.client.errors import (
    BadAnswer,
    BadInput,
    Conflict,
    Fault,
    NotAllowed,
    NotFound,
    TocsinError,
    Unreachable,
)

LONGEST_DETAIL = 1000
AGAIN = frozenset({429, 502, 503, 504})
"""Nothing was done, or it may be asked again under the same idempotency key."""
_KINDS: dict[int, type[TocsinError]] = {
    400: BadInput, 401: NotAllowed, 403: NotAllowed, 404: NotFound, 405: NotFound, 408: Unreachable, 409: Conflict,
    412: Conflict, 413: BadInput, 414: BadInput, 415: BadInput, 422: BadInput, 429: Unreachable, 431: BadInput,
}  # fmt: skip


def read_value(body: bytes) -> Any:
    """The JSON value of an answer; None for an empty one. Raises `BadAnswer` for anything else."""
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("What answered is no JSON: is this the address of a Tocsin gateway?") from error


def error_of(status: int, body: bytes) -> TocsinError:
    """The error that an answer with this status, which is not 2xx, stands for."""
    problem = _problem(body)
    if problem is None and status not in AGAIN:
        moved = "redirects elsewhere" if 300 <= status < 400 else f"answered {status} without saying why"
        return BadAnswer(f"The address {moved}: is it that of a Tocsin gateway?", status=status)
    detail = _one_line(problem.get("detail") or problem.get("title") if problem else "") or f"answered {status}"
    kind = _KINDS.get(status) or (Unreachable if status >= 500 else BadAnswer)
    code = problem.get("code") if problem else None
    return kind(detail, status=status, code=code if isinstance(code, str) else None, faults=_faults(problem))


def _problem(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and ("detail" in value or "title" in value) else None


def _faults(problem: dict[str, Any] | None) -> list[Fault]:
    found = (problem or {}).get("errors")
    return [
        Fault(_one_line(one.get("pointer")), _one_line(one.get("detail")))
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
    ]


def _one_line(text: Any) -> str:
    return " ".join(str(text or "").split())[:LONGEST_DETAIL]
