"""What Slack's Web API answers, as outcomes. Pure.

Slack says most refusals with HTTP 200 and `ok: false`. What only time mends is asked again: its own failures count as
down, its limits and migrations as busy. Everything else (a person who left, a channel that is not there, a token
without the scope) stays as it is until somebody mends it, and so is final: the next contact method is used at once.
Source: https://docs.slack.dev/reference/methods/chat.postMessage (errors) and https://docs.slack.dev/apis/web-api.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.comms.delivery.outcome import Outcome, busy, down, http_outcome, refused, retry_after

BROKEN = frozenset({"fatal_error", "internal_error", "service_unavailable"})
ASKS_FOR_PATIENCE = frozenset(
    {
        "accesslimited",
        "external_channel_migrating",
        "org_login_required",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "team_added_to_org",
    }
)
FORGET_THE_ROOM = frozenset({"channel_not_found", "is_archived", "not_in_channel", "user_not_found"})
"""Errors after which a conversation that was found before is looked for again."""


def read_answer(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> tuple[dict[str, Any], Outcome | None]:
    """The members of an answer, and what went wrong; None when the call was carried out. `headers` in lower case."""
    if not 200 <= status < 300:
        text = " ".join(body[:800].decode("utf-8", "replace").split())[:200]
        return {}, http_outcome(status, headers, text, now)
    try:
        members = json.loads(body)
    except ValueError:
        members = None
    if not isinstance(members, dict):
        return {}, down("what answered is not Slack's Web API")
    if members.get("ok") is True:
        return members, None
    return members, _failure(members, retry_after(headers.get("retry-after"), now))


def _failure(members: Mapping[str, Any], after: float | None) -> Outcome:
    error = str(members.get("error") or "no reason given")[:100]
    said = f"Slack: {error}"
    if error == "missing_scope":
        said += f" (the token needs {str(members.get('needed'))[:100]})"
    if error in BROKEN:
        return down(said, after)
    if error in ASKS_FOR_PATIENCE:
        return busy(said, after)
    return refused(said)
