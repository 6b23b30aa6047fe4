"""Errors that people meet: each has a stable slug, and becomes an RFC 9457 problem in one place (`shared.web`).

Expected outcomes are return values; a `Problem` is raised when the caller asked for what can't be done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

_TITLES = {
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    416: "Requested Range Not Satisfiable",
    422: "Unprocessable Entity",
}
"""Where Python 3.13 has other words than the versions before: an answer does not depend on the interpreter."""

PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "A stable slug."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "detail": {"type": "string"},
                    "kind": {"type": "string", "description": "Of `in_use`: what uses it, with its id and name."},
                    "id": {"type": "string"},
                    "name": {"type": "string"},
                },
                "required": ["pointer", "detail"],
            },
        },
    },
}
"""A problem's JSON schema, as OpenAPI documents show it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the input: a JSON pointer (RFC 6901) to it and what is wrong there."""

    pointer: str
    detail: str
    named: tuple[tuple[str, str], ...] = ()
    """More members that say what it is about, such as its kind and id."""


class Problem(Exception):
    """A refusal with an HTTP status, a stable `code` and the faults by pointer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The members of the `application/problem+json` document."""
        return {
            "type": f"https://tocsin.dev/problems/{self.code}",
            "title": _TITLES.get(self.status) or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [
                {"pointer": fault.pointer, "detail": fault.detail, **dict(fault.named)} for fault in self.errors
            ],
            **self.extra,
        }


def not_found(what: str, key: str) -> Problem:
    """404: there is no `what` with this id."""
    return Problem(404, "not_found", f"There is no {what} with the id {key[:200]!r}.")


def invalid(pointer: str, detail: str, code: str = "invalid") -> Problem:
    """422: the field at `pointer` is well-formed but can't be accepted."""
    return Problem(422, code, f"{pointer}: {detail}", errors=[Fault(pointer, detail)])


def malformed(detail: str, pointer: str = "") -> Problem:
    """400: the body can't be read."""
    return Problem(400, "malformed", detail, errors=[Fault(pointer, detail)])


def too_large(limit: int) -> Problem:
    """413: the body is over the limit (in bytes)."""
    return Problem(413, "too_large", f"The body is larger than {limit} bytes.", limit_bytes=limit)


def conflict(code: str, detail: str, **extra: Any) -> Problem:
    """409: the state of the thing does not allow it; for illegal transitions pass `from_` and `to`."""
    return Problem(409, code, detail, **extra)


def forbidden(detail: str) -> Problem:
    """403: known, but not allowed."""
    return Problem(403, "forbidden", detail)


def unavailable(detail: str, retry_after_seconds: int = 1) -> Problem:
    """503: a part is down or overloaded; nothing was done, try again."""
    return Problem(503, "unavailable", detail, headers={"Retry-After": str(retry_after_seconds)})
