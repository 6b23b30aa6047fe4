"""How a refusal reads to the clients of other vendors that are pointed at Tocsin by their URL.

A PagerDuty client finds what is wrong in `errors` of a 400 `invalid event` (its API has no 401), an Opsgenie client in
`message` beside `took` and `requestId`. Everybody else gets a problem document.
Sources: PagerDuty's Events API v2 reference; https://docs.opsgenie.com/docs/response.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.gateway.keys.key import Refusal
from shared.problem import Problem
from shared.text.lenient_json import read_json
from shared.text.packed import coding_of, unpack

ROUTING_BODY_BYTES = 512 * 1024
"""The longest body of PagerDuty's Events API; the key is in it, so the gateway holds all of it."""

_KEY_IN_BODY = frozenset({"/v2/enqueue", "/v2/change/enqueue"})
_OPSGENIE = "/v2/alerts"
_OPSGENIE_MAY_NOT = 40301


class Dialect(StrEnum):
    """Whose clients a path is for."""

    TOCSIN = "tocsin"
    PAGERDUTY = "pagerduty"
    OPSGENIE = "opsgenie"


@dataclass(frozen=True, slots=True)
class RefusalAnswer:
    """A refusal as it is answered."""

    status: int
    document: Mapping[str, Any]
    content_type: str
    headers: Mapping[str, str]

    @property
    def body(self) -> bytes:
        """The document as JSON."""
        return json.dumps(self.document, ensure_ascii=False).encode("utf-8", "replace")


_TEXT = {"type": "string"}
ERROR_SCHEMAS: Mapping[Dialect, dict[str, Any]] = {
    Dialect.PAGERDUTY: {
        "type": "object",
        "required": ["status", "message"],
        "properties": {"status": _TEXT, "message": _TEXT, "errors": {"type": "array", "items": _TEXT}},
    },
    Dialect.OPSGENIE: {
        "type": "object",
        "required": ["message", "took", "requestId"],
        "properties": {
            "message": _TEXT,
            "took": {"type": "number"},
            "requestId": _TEXT,
            "code": {"type": "integer"},
        },
    },
}
"""What a refusal looks like to each vendor's clients."""


def dialect_of(path: str) -> Dialect:
    """In which manner to refuse at this path."""
    if path in _KEY_IN_BODY:
        return Dialect.PAGERDUTY
    if path == _OPSGENIE or path.startswith(_OPSGENIE + "/"):
        return Dialect.OPSGENIE
    return Dialect.TOCSIN


def has_key_in_body(method: str, path: str) -> bool:
    """True where a request without any other key bears it in its body."""
    return method == "POST" and path in _KEY_IN_BODY


def read_routing_key(body: bytes, encoding: str = "", content_type: str = "") -> str | None:
    """The member `routing_key` of a JSON body; None when there is no text there.

    `encoding` says how it is packed, `content_type` perhaps its charset. Raises a `Problem`: 400 for no JSON, 413 and
    415 as `shared.text.packed` does.
    """
    try:
        document = read_json(unpack(body, coding_of(encoding), ROUTING_BODY_BYTES), content_type).value
    except ValueError as error:
        raise Problem(400, "malformed", f"The body is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise Problem(400, "malformed", "The event is no JSON object.")
    key = document.get("routing_key")
    # no key has half a surrogate pair; what has is a key that nobody knows
    return key.encode("utf-8", "replace").decode().strip() or None if isinstance(key, str) else None


def format_refusal(problem: Problem, dialect: Dialect, request_id: str) -> RefusalAnswer:
    """A problem of the gateway's own in this manner."""
    if dialect is Dialect.PAGERDUTY:
        return _pagerduty(problem)
    if dialect is Dialect.OPSGENIE:
        return _opsgenie(problem, request_id)
    return RefusalAnswer(problem.status, problem.body(), "application/problem+json", problem.headers)


def _pagerduty(problem: Problem) -> RefusalAnswer:
    if problem.status == 429:
        document = {"status": "throttle exceeded", "message": problem.detail}
        return RefusalAnswer(429, document, "application/json", problem.headers)
    if problem.status >= 500:
        document = {"status": "unavailable", "message": problem.detail}
        return RefusalAnswer(problem.status, document, "application/json", problem.headers)
    fault = problem.detail
    if problem.status == 401:
        fault = "'routing_key' is missing or blank" if problem.code == Refusal.NO_KEY else "Invalid routing key"
    status = 400 if problem.status == 401 else problem.status
    event = {"status": "invalid event", "message": "Event object is invalid", "errors": [fault]}
    headers = {name: value for name, value in problem.headers.items() if name != "WWW-Authenticate"}
    return RefusalAnswer(status, event, "application/json", headers)


def _opsgenie(problem: Problem, request_id: str) -> RefusalAnswer:
    message = "Could not authenticate" if problem.status == 401 else problem.detail
    document: dict[str, Any] = {"message": message, "took": 0.0, "requestId": request_id}
    if problem.status == 403:
        document["code"] = _OPSGENIE_MAY_NOT
    return RefusalAnswer(problem.status, document, "application/json", problem.headers)
