"""Slack: one message per page with buttons that acknowledge and resolve, to a person or into a channel.

An address is a person's id (`U…`), a conversation's (`C…`, `G…`, `D…`), a channel's name with its `#`, or the e-mail
address that a person has in Slack. The bot needs the scopes `chat:write`, for
people `im:write`, and `users:read.email` for e-mail addresses.

A repeat. Slack has no idempotency key that it promises to keep: every attempt of a page carries the same
`client_msg_id` and the page's id in its metadata, so where Slack can tell it shows one message, and where it can't,
two that are the same page: either one's button answers it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from datetime import datetime

from services.comms.channels.contract import (
    BadAddress,
    ChannelSpec,
    Edges,
    FieldKind,
    FormField,
    MessageStatus,
    PageLinks,
)
from services.comms.channels.messages.slack import content, message
from services.comms.delivery.outcome import Leave, Outcome, delivered, down
from services.comms.slack.active_client import SlackAccess
from services.comms.slack.channels_client import open_conversation
from services.comms.slack.client import SlackApi, Unsuccessful
from services.comms.slack.responses import FORGET_THE_ROOM
from shared.events.oncall import PageFact
from shared.mail import mail_address
from shared.outside import outbound
from shared.vocabulary import Channel as ChannelId

NO_TOKEN = "Slack is not configured (POST /integrations/slack or TOCSIN_SLACK_TOKEN)"  # noqa: S105 - words, not a token
NOT_ONE = "not a Slack id (U…, C…), a #channel or an e-mail address"
ROOMS_KEPT = 10_000
_PERSON = re.compile(r"[UW][A-Z0-9_-]{1,63}")
_ROOM = re.compile(r"[CGD][A-Z0-9_-]{1,63}|#[^\s#@<>&,]{1,80}")

SPEC = ChannelSpec(
    id=ChannelId.SLACK,
    name="Slack",
    fields=(
        FormField(
            "address",
            "Slack id or e-mail address",
            FieldKind.TEXT,
            "A person's id (U…), a channel's id (C…) or the e-mail address that the person has in Slack. "
            "Whoever sees the message may answer by its buttons.",
        ),
    ),
    at_once=8,
    carries_ack_link=True,
    signed=False,
    example={"id": "slack", "channel": "slack", "address": "U012AB3CDE"},
)


class SlackChannel:
    """Sends pages by one bot; without its token, every page fails at once and says so."""

    spec = SPEC

    def __init__(self, access: SlackAccess, guarded: outbound.Outbound, send_seconds: float) -> None:
        self._access = access
        self._guarded = guarded
        self._send_seconds = send_seconds
        self._rooms: dict[bytes, str] = {}
        """The conversation with each person, by a digest of the address: addresses are not kept."""
        self._rooms_of: SlackApi | None = None
        """Where they were found: another workspace has others."""

    def destination(self, address: str) -> str:
        """The `host:port` of Slack's API, which is the same for every address. Raises `BadAddress`."""
        if not (_PERSON.fullmatch(address) or _ROOM.fullmatch(address) or mail_address(address)):
            raise BadAddress(NOT_ONE)
        if self._access.api is None:
            raise BadAddress(NO_TOKEN)
        return self._access.api.destination

    async def send(self, page: PageFact, links: PageLinks, now: datetime, leave: Leave) -> Outcome:
        """Post the page as a message and say what Slack answered."""
        try:
            async with asyncio.timeout(self._send_seconds):
                api = self._require_api()
                room = await self._room(api, page.method.address, now)
                answer = await api.json("chat.postMessage", message(page, links, room), now, leave)
        except TimeoutError:
            return down(f"Slack did not answer in {self._send_seconds:g} s")
        except Unsuccessful as failure:
            if failure.error in FORGET_THE_ROOM:
                self._rooms.pop(_digest(page.method.address), None)
            return failure.outcome
        channel, stamp = str(answer.get("channel", room)), str(answer.get("ts", ""))
        return delivered(f"Slack message {stamp} in {channel}", f"{channel}/{stamp}")

    async def update(
        self, reference: str, page: PageFact, links: PageLinks, shown: MessageStatus, now: datetime
    ) -> Outcome:
        """Make one attempt to rewrite the message at `reference`, which is `channel/ts`."""
        room, _, stamp = reference.partition("/")
        try:
            async with asyncio.timeout(self._send_seconds):
                members = {"channel": room, "ts": stamp, **content(page, links, shown)}
                await self._require_api().json("chat.update", members, now)
        except TimeoutError:
            return down(f"Slack did not answer in {self._send_seconds:g} s")
        except Unsuccessful as failure:
            return failure.outcome
        return delivered(f"Slack message {stamp} in {room}", reference)

    async def whisper(self, address: str, text: str) -> None:
        """Post a text that only the person who pressed a button sees; `address` is the press's `response_url`."""
        body = json.dumps({"response_type": "ephemeral", "replace_original": False, "text": text}).encode()
        headers = {"content-type": "application/json; charset=utf-8"}
        await self._guarded.post(address, body, headers, timeout_seconds=self._send_seconds)

    async def close(self) -> None:
        """Close the connections to Slack."""
        await self._access.close()

    def _require_api(self) -> SlackApi:
        api = self._access.api
        if api is None:
            raise Unsuccessful(down(NO_TOKEN))
        if api is not self._rooms_of:
            self._rooms.clear()
            self._rooms_of = api
        return api

    async def _room(self, api: SlackApi, address: str, now: datetime) -> str:
        """The conversation that the address stands for; a person's is opened the first time."""
        if _ROOM.fullmatch(address):
            return address
        key = _digest(address)
        if key not in self._rooms:
            person = address if _PERSON.fullmatch(address) else await self._person(api, address, now)
            if len(self._rooms) >= ROOMS_KEPT:
                self._rooms.clear()
            self._rooms[key] = await open_conversation(api, person, now)
        return self._rooms[key]

    async def _person(self, api: SlackApi, email: str, now: datetime) -> str:
        return _member(await api.form("users.lookupByEmail", {"email": email}, now), "user")


def _member(answer: dict[str, object], name: str) -> str:
    found = answer.get(name)
    key = found.get("id") if isinstance(found, dict) else None
    if not isinstance(key, str) or not key:
        raise Unsuccessful(down(f"Slack's answer names no {name}"))
    return key


def _digest(address: str) -> bytes:
    return hashlib.sha256(address.encode("utf-8", "replace")).digest()


def connect(edges: Edges) -> SlackChannel:
    """The channel of this process. Raises `ValueError` when `TOCSIN_SLACK_API_URL` can't be read."""
    access = edges.slack or SlackAccess(edges.settings, edges.send_seconds)
    return SlackChannel(access, edges.outbound, edges.send_seconds)
