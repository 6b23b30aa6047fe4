"""What Slack tells us over HTTP: whether it is Slack, what somebody pressed, what somebody marked. Pure.

A request is Slack's when its signature is: HMAC-SHA256 under the app's signing secret over `v0:<timestamp>:<body>`,
the body as it came, and not older or newer than five minutes, so that nobody can send it again later. This is judged
before anything of the body is read.
Source: https://docs.slack.dev/authentication/verifying-requests-from-slack and
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from shared.events.communication import AnswerAction
from shared.problem import Problem, malformed
from shared.secrecy.signing import is_same, sign

OPEN = "tocsin_open"
"""Of buttons that are links: each tells of its press too, and that means nothing."""
ACKNOWLEDGE = "tocsin_acknowledge"
RESOLVE = "tocsin_resolve"
APPROVE = "tocsin_approve"
REJECT = "tocsin_reject"

MOST_BYTES = 1024 * 1024
WINDOW_SECONDS = 300
ACTIONS: Mapping[str, AnswerAction] = {ACKNOWLEDGE: AnswerAction.ACKNOWLEDGE, RESOLVE: AnswerAction.RESOLVE}
APPROVALS: Mapping[str, bool] = {APPROVE: True, REJECT: False}
"""The buttons that answer what a runbook asks, and whether they approve."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STAMP = re.compile(r"\d{1,12}\.\d{1,9}")


@dataclass(frozen=True, slots=True)
class Press:
    """One press of one of our buttons."""

    action: AnswerAction
    token: str
    """What the button carries: the claim of its page's acknowledge link."""
    slack_user: str
    stamp: str
    """When Slack took it, as Slack says it: the same press has the same one."""
    message: str | None
    """Where the message is, as outcomes refer to it; None where Slack does not say."""
    response_url: str | None


@dataclass(frozen=True, slots=True)
class ApprovalPress:
    """One press of a button that answers what a runbook asks."""

    approve: bool
    token: str
    """What the button carries: the claim of an approval link."""
    slack_user: str
    stamp: str
    """When Slack took it, as Slack says it: the same press has the same one."""
    response_url: str | None


@dataclass(frozen=True, slots=True)
class Reaction:
    """Somebody put an emoji on a message."""

    emoji: str
    channel: str
    ts: str
    user: str
    written_at: datetime
    """When the message was written."""


def check_signature(secret: str, timestamp: str | None, signature: str | None, body: bytes, now: datetime) -> None:
    """Let only Slack's own requests pass, made within five minutes of `now`. Raises a 401 or 413 `Problem`."""
    if not secret:
        raise _unverified(
            "No signing secret is set (TOCSIN_SLACK_SIGNING_SECRET), so nothing is believed to be Slack's."
        )
    if len(body) > MOST_BYTES:
        raise Problem(413, "too_large", f"The body is larger than {MOST_BYTES} bytes.", limit_bytes=MOST_BYTES)
    if not timestamp or not signature or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise _unverified("The headers X-Slack-Request-Timestamp and X-Slack-Signature are missing or malformed.")
    if abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        raise _unverified("The request is older or newer than five minutes.")
    expected = sign(secret.encode(), b"v0:" + timestamp.encode() + b":" + body).hex()
    if not is_same(signature.encode("utf-8", "replace"), f"v0={expected}".encode()):
        raise _unverified("The signature is not Slack's.")


def read_presses(body: bytes) -> list[Press | ApprovalPress]:
    """What was pressed, from the form that Slack posts; other interactions than ours are none.

    Raises a 400 `Problem` for what can't be read.
    """
    form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=100)
    payload = _parse(form.get("payload", [""])[0], "/payload")
    if payload.get("type") != "block_actions":
        return []
    actions = payload.get("actions")
    if not isinstance(actions, list):
        raise malformed("There are no actions.", "/payload/actions")
    return [
        _press(action, payload, f"/payload/actions/{number}")
        for number, action in enumerate(actions)
        if isinstance(action, dict) and action.get("action_id") in (*ACTIONS, *APPROVALS)
    ]


def read_event(body: bytes) -> dict[str, str]:
    """What an event is answered with: a challenge with itself, anything else with nothing. Raises a 400 `Problem`."""
    event = _parse(body.decode("utf-8", "replace"), "")
    if event.get("type") != "url_verification":
        return {}
    challenge = event.get("challenge")
    if not isinstance(challenge, str) or len(challenge) > 1000:
        raise malformed("The challenge is not a text.", "/challenge")
    return {"challenge": challenge}


def read_reaction(body: bytes) -> Reaction | None:
    """The emoji that an event tells of; None for any other event."""
    event = _parse(body.decode("utf-8", "replace"), "").get("event")
    if not isinstance(event, dict) or event.get("type") != "reaction_added":
        return None
    channel, ts = _member(event, "item", "channel"), _member(event, "item", "ts")
    emoji, user = event.get("reaction"), event.get("user")
    if not (isinstance(emoji, str) and isinstance(user, str) and channel and ts):
        return None
    if not (_ID.fullmatch(channel) and _ID.fullmatch(user) and _STAMP.fullmatch(ts)):
        return None
    written_at = datetime.fromtimestamp(min(float(ts), 2.0**32), UTC)
    return Reaction(emoji=emoji[:100], channel=channel, ts=ts, user=user, written_at=written_at)


def _press(action: Mapping[str, Any], payload: Mapping[str, Any], pointer: str) -> Press | ApprovalPress:
    user = _member(payload, "user", "id")
    if user is None or not _ID.fullmatch(user):
        raise malformed("Nobody pressed it.", "/payload/user/id")
    token = action.get("value")
    if not isinstance(token, str):
        raise malformed("The button carries nothing.", f"{pointer}/value")
    at = action.get("action_ts")
    stamp = at if isinstance(at, str) and _STAMP.fullmatch(at) else ""
    said = payload.get("response_url")
    url = said if isinstance(said, str) and len(said) <= 2000 else None
    approve = APPROVALS.get(action["action_id"])
    if approve is not None:
        return ApprovalPress(approve, token, user, stamp, url)
    room = _member(payload, "container", "channel_id") or _member(payload, "channel", "id")
    message = _member(payload, "container", "message_ts") or _member(payload, "message", "ts")
    known = room is not None and message is not None and _ID.fullmatch(room) and _STAMP.fullmatch(message)
    return Press(
        action=ACTIONS[action["action_id"]],
        token=token,
        slack_user=user,
        stamp=stamp,
        message=f"{room}/{message}" if known else None,
        response_url=url,
    )


def _member(payload: Mapping[str, Any], part: str, name: str) -> str | None:
    inside = payload.get(part)
    value = inside.get(name) if isinstance(inside, dict) else None
    return value if isinstance(value, str) else None


def _parse(text: str, pointer: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise malformed("It is not JSON.", pointer) from error
    if not isinstance(parsed, dict):
        raise malformed("It is not a JSON object.", pointer)
    return parsed


def _unverified(detail: str) -> Problem:
    return Problem(401, "unverified", detail)
