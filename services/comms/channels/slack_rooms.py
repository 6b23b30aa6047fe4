"""Slack's channels: made, found, described, filled and archived. What is done already counts as done.

Scopes: `channels:manage`, `channels:read`, `channels:history`, `pins:write`, `chat:write`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.comms.channels.slack_api import SlackApi, Unsuccessful
from services.comms.outcome import down

PAGES = 50
NOBODY_NEW = frozenset({"already_in_channel", "cant_invite_self"})
ARCHIVED = frozenset({"already_archived", "is_archived", "channel_not_found"})


async def make_channel(api: SlackApi, name: str, now: datetime) -> str:
    """The id of the channel of this name, made now or before. Raises `Unsuccessful`."""
    try:
        answer = await api.json("conversations.create", {"name": name, "is_private": False}, now)
        return _text(answer.get("channel"), "id")
    except Unsuccessful as failure:
        if failure.error != "name_taken":
            raise
        return await _find(api, name, now, failure)


async def _find(api: SlackApi, name: str, now: datetime, taken: Unsuccessful) -> str:
    cursor = ""
    for _ in range(PAGES):
        asked = {"types": "public_channel", "limit": "1000", "exclude_archived": "false"}
        answer = await api.form("conversations.list", asked | ({"cursor": cursor} if cursor else {}), now)
        for channel in answer.get("channels") or []:
            if channel.get("name") == name:
                return _text(channel, "id")
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    raise taken


async def set_topic(api: SlackApi, channel: str, topic: str, now: datetime) -> None:
    """Describe the channel. Raises `Unsuccessful`."""
    await api.json("conversations.setTopic", {"channel": channel, "topic": topic}, now)


async def post_summary(api: SlackApi, channel: str, text: str, now: datetime) -> str:
    """Post a message, pin it, and return where it is. Raises `Unsuccessful`."""
    answer = await api.json("chat.postMessage", {"channel": channel, "text": text, "unfurl_links": False}, now)
    return _text(answer, "ts")


async def pin(api: SlackApi, channel: str, ts: str, now: datetime) -> None:
    """Pin a message. Raises `Unsuccessful`."""
    try:
        await api.json("pins.add", {"channel": channel, "timestamp": ts}, now)
    except Unsuccessful as failure:
        if failure.error != "already_pinned":
            raise


async def update_summary(api: SlackApi, channel: str, ts: str, text: str, now: datetime) -> None:
    """Have the pinned message say something else. Raises `Unsuccessful`."""
    await api.json("chat.update", {"channel": channel, "ts": ts, "text": text}, now)


async def invite(api: SlackApi, channel: str, user: str, now: datetime) -> None:
    """Ask one person in: one who can't come must not keep the others out. Raises `Unsuccessful`."""
    try:
        await api.json("conversations.invite", {"channel": channel, "users": user}, now)
    except Unsuccessful as failure:
        if failure.error not in NOBODY_NEW:
            raise


async def archive(api: SlackApi, channel: str, now: datetime) -> None:
    """Archive the channel. Raises `Unsuccessful`."""
    try:
        await api.json("conversations.archive", {"channel": channel}, now)
    except Unsuccessful as failure:
        if failure.error not in ARCHIVED:
            raise


async def message_at(api: SlackApi, channel: str, ts: str, now: datetime) -> tuple[str, str] | None:
    """Who wrote the message at `ts` and its words, also in a thread; None when it is gone. Raises `Unsuccessful`."""
    members = {"channel": channel, "oldest": ts, "latest": ts, "inclusive": "true", "limit": "1"}
    for method, more in (("conversations.history", {}), ("conversations.replies", {"ts": ts})):
        try:
            answer = await api.form(method, members | more, now)
        except Unsuccessful as failure:
            if failure.error in ("thread_not_found", "message_not_found"):
                continue
            raise
        for message in answer.get("messages") or []:
            if message.get("ts") == ts:
                return str(message.get("user") or message.get("bot_id") or ""), str(message.get("text") or "")
    return None


def _text(holder: Any, name: str) -> str:
    found = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(found, str) or not found:
        raise Unsuccessful(down(f"Slack's answer has no {name}"))
    return found
