"""A real server on loopback that speaks as much of Slack's Web API as pages need, and presses buttons as Slack does.

Calls come with a form or with JSON, as the official SDK sends them (tests/contract/test_slack_double.py holds it to
that). Messages are checked by Block Kit's limits; people have conversations of their own; any conversation can be told
to answer with an error, and all of it to be slow. Presses are signed: https://docs.slack.dev/authentication/verifying-requests-from-slack
Two calls with one `client_msg_id` make two messages: what Slack does there is not promised.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from shared.testing.peers.slack_limits import fault_of
from shared.testing.peers.slack_rooms import SlackRooms
from shared.testing.plain_http import Reply, Request, converse
from shared.testing.server_thread import ServerThread

TOKEN = "xoxb-a-token-of-the-tests"  # noqa: S105 - a fake's
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - likewise

Members = dict[str, Any]


@dataclass(slots=True)
class SlackMessage:
    """One message as it stands; `at` is Unix time in seconds."""

    channel: str
    ts: str
    members: Members
    at: float
    updates: list[float] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of its text, as JSON."""
        return json.dumps([self.members.get("text"), self.members.get("blocks")], ensure_ascii=False)

    def button(self, action_id: str) -> Members | None:
        """The button with this action id, if the message has it."""
        rows = [block["elements"] for block in self.members.get("blocks", []) if block["type"] == "actions"]
        return next((one for row in rows for one in row if one["action_id"] == action_id), None)


@dataclass(frozen=True, slots=True)
class Trouble:
    """How a conversation answers from now on: `status` 200 is `ok: false` with `error`."""

    error: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    times: list[None] | None = None
    """What is left of it, one entry a time; None: for ever."""


class SlackServer:
    """A context manager; usable from any thread."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Members]] = []
        self.messages: list[SlackMessage] = []
        self.whispers: list[Members] = []
        self.rooms = SlackRooms(lambda channel: [one for one in self.messages if one.channel == channel])
        self.people: dict[str, str] = {}
        """Ids by e-mail address; anybody with an id of the right form is there."""
        self.delay_seconds = 0.0
        self._troubles: dict[str, Trouble] = {}
        self._count = 0
        self._thread = ServerThread("slack")
        self._server = self._thread.do(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/api/"

    def trouble(self, channel: str, trouble: Trouble | None) -> None:
        """What is posted to this conversation fails from now on; None: no more."""
        if trouble is None:
            self._troubles.pop(channel, None)
        else:
            self._troubles[channel] = trouble

    def to(self, channel: str) -> list[SlackMessage]:
        """The messages of a conversation, or of the one with a person, oldest first."""
        return [one for one in self.messages if one.channel in (channel, conversation_with(channel))]

    def press(
        self, message: SlackMessage, action_id: str, user: str, *, at: float | None = None
    ) -> tuple[Members, bytes]:
        """The headers and body with which Slack tells that `user` pressed a button of this message."""
        button = message.button(action_id)
        assert button is not None, f"the message has no button {action_id}"
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": "T1"},
            "api_app_id": "A1",
            "team": {"id": "T1", "domain": "example"},
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": False,
            },
            "channel": {"id": message.channel, "name": "directmessage" if message.channel[0] == "D" else "ops"},
            "message": {"type": "message", "ts": message.ts, **message.members},
            "state": {"values": {}},
            "trigger_id": "1.2.3",
            "response_url": f"http://127.0.0.1:{self.port}/respond/{message.ts}",
            "actions": [{**button, "block_id": "x", "action_ts": f"{at or time.time():.6f}"}],
        }
        return sign_request(urlencode({"payload": json.dumps(payload)}).encode(), at=at)

    def react(self, message: SlackMessage, emoji: str, user: str) -> tuple[Members, bytes]:
        """The headers and body with which Slack tells that `user` put an emoji on this message."""
        event = {
            "type": "reaction_added",
            "user": user,
            "reaction": emoji,
            "item_user": message.members.get("user", "U0BOT"),
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "event_ts": f"{time.time():.6f}",
        }
        payload = {"token": "t", "team_id": "T1", "api_app_id": "A1", "type": "event_callback", "event": event}
        return sign_request(
            json.dumps(payload | {"event_id": f"Ev{message.ts}", "event_time": int(time.time())}).encode()
        )

    def say(self, channel: str, user: str, text: str) -> SlackMessage:
        """Somebody writes into a channel."""
        self._count += 1
        ts = f"{time.time():.0f}.{self._count:06d}"
        message = SlackMessage(channel, ts, {"user": user, "text": text}, time.time())
        self.messages.append(message)
        return message

    def close(self) -> None:
        """Stop the server."""
        self._thread.shut(self._server)
        self._thread.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._on_connection, "127.0.0.1", 0, family=socket.AF_INET)

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(reader, writer, self._reply)

    async def _reply(self, request: Request) -> Reply:
        await asyncio.sleep(self.delay_seconds)
        status, more, answer = self._answer(request.path, request.headers, request.body)
        headers = {"content-type": "application/json; charset=utf-8"} | dict(more)
        return Reply(status, headers, json.dumps(answer).encode())

    def _answer(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], Members]:
        members = _members(headers, body)
        if path.startswith("/respond/"):
            self.whispers.append(members)
            return 200, {}, {"ok": True}
        method = path.partition("?")[0].removeprefix("/api/")
        self.calls.append((method, members))
        given = headers.get("authorization") or f"Bearer {members.get('token', '')}"
        if given != f"Bearer {TOKEN}":
            return 200, {}, {"ok": False, "error": "not_authed" if given == "Bearer " else "invalid_auth"}
        trouble = self._find_trouble(members)
        if trouble is not None:
            return trouble.status, trouble.headers, {"ok": False, "error": trouble.error}
        return 200, {}, self._carry_out(method, members)

    def _find_trouble(self, members: Members) -> Trouble | None:
        for name in (members.get("channel"), members.get("users"), members.get("email"), members.get("name")):
            trouble = self._troubles.get(str(name))
            if trouble is not None and (trouble.times is None or trouble.times):
                if trouble.times:
                    trouble.times.pop()
                return trouble
        return None

    def _carry_out(self, method: str, members: Members) -> Members:
        match method:
            case "auth.test":
                return {"ok": True, "user_id": "U0BOT", "bot_id": "B1", "team_id": "T1", "url": "https://x.slack.com/"}
            case "users.lookupByEmail":
                found = self.people.get(members.get("email", ""))
                return {"ok": True, "user": {"id": found}} if found else _refusal("users_not_found")
            case "conversations.open":
                if not str(members.get("users", "")).startswith(("U", "W")):
                    return _refusal("user_not_found")
                return {"ok": True, "channel": {"id": conversation_with(members["users"])}}
            case "chat.postMessage":
                return self._post(members)
            case _ if method.startswith("conversations.") or method == "pins.add":
                return self.rooms.carry_out(method, members)
            case "chat.update":
                return self._update(members)
            case _:
                return _refusal("unknown_method")

    def _post(self, members: Members) -> Members:
        if fault := fault_of(members):
            return _refusal(fault)
        channel = conversation_with(str(members.get("channel", "")))
        if channel[:1] not in ("C", "D", "G", "#"):
            return _refusal("channel_not_found")
        if self.rooms.is_archived(channel):
            return _refusal("is_archived")
        self._count += 1
        kept = {name: value for name, value in members.items() if name not in ("channel", "token")}
        message = SlackMessage(channel, f"{time.time():.0f}.{self._count:06d}", kept, time.time())
        self.messages.append(message)
        return {"ok": True, "channel": channel, "ts": message.ts, "message": {"ts": message.ts, **kept}}

    def _update(self, members: Members) -> Members:
        if fault := fault_of(members):
            return _refusal(fault)
        for message in self.messages:
            if (message.channel, message.ts) == (members.get("channel"), members.get("ts")):
                message.members |= {name: members[name] for name in ("text", "blocks") if name in members}
                message.updates.append(time.time())
                return {"ok": True, "channel": message.channel, "ts": message.ts, "text": members.get("text")}
        return _refusal("message_not_found")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def conversation_with(channel: str) -> str:
    """The conversation that a person's id stands for; any other id or name stands for itself."""
    return f"D{channel[1:]}" if channel.startswith(("U", "W")) else channel


def sign_request(body: bytes, *, at: float | None = None, secret: str = SIGNING_SECRET) -> tuple[Members, bytes]:
    """The headers of a request that Slack makes at `at` (Unix time in seconds, default now), and its body."""
    timestamp = str(int(time.time() if at is None else at))
    signature = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/json" if body[:1] == b"{" else "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": f"v0={signature}",
    }, body


def _members(headers: Mapping[str, str], body: bytes) -> Members:
    if "json" in headers.get("content-type", ""):
        parsed: Members = json.loads(body or b"{}")
        return parsed
    form: Members = dict(parse_qsl(body.decode()))
    for name in ("blocks", "metadata"):
        if name in form:
            form[name] = json.loads(form[name])
    return form


def _refusal(error: str) -> Members:
    return {"ok": False, "error": error}
