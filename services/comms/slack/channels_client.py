"""Slack's channels: made, found, described, filled and archived. What is done already counts as done.

Scopes: `channels:manage`, `channels:read`, `channels:history`, `pins:write`, `chat:write`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.comms.delivery.outcome import down
from services.comms.slack.client import SlackApi, Unsuccessful

PAGES = 100
LISTED = 200
"""Channels a page: Slack advises no more, and a thousand would not fit into an answer that we take."""
NAMES = 9
"""How many names are tried while each belongs to a channel that was archived."""
NAME_LIMIT = 80
SUMMARY = "tocsin_war_room"
"""The metadata by which a summary is known again."""
NOBODY_NEW = frozenset({"already_in_channel", "cant_invite_self"})
ARCHIVED = frozenset({"already_archived", "is_archived", "channel_not_found"})


async def make_channel(api: SlackApi, name: str, now: datetime) -> tuple[str, str]:
    """The id and name of the channel called so, made now or before. Raises `Unsuccessful`.

    A name stays taken when its channel is archived, and a bot can't open that again: then it is the name with a number.
    """
    for number in range(1, NAMES + 1):
        tried = name if number == 1 else f"{name[: NAME_LIMIT - 2]}-{number}"
        try:
            answer = await api.json("conversations.create", {"name": tried, "is_private": False}, now)
            return _text(answer.get("channel"), "id"), tried
        except Unsuccessful as failure:
            found = await _find(api, tried, now) if failure.error == "name_taken" else None
            if found is None or (found.get("is_archived") and number == NAMES):
                raise
        if not found.get("is_archived"):
            return _text(found, "id"), tried
    raise AssertionError("the last name was taken or refused")


async def _find(api: SlackApi, name: str, now: datetime) -> dict[str, Any] | None:
    cursor = ""
    for _ in range(PAGES):
        asked = {"types": "public_channel", "limit": str(LISTED), "exclude_archived": "false"}
        answer = await api.form("conversations.list", asked | ({"cursor": cursor} if cursor else {}), now)
        for channel in answer.get("channels") or []:
            if isinstance(channel, dict) and channel.get("name") == name:
                return channel
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return None


async def open_conversation(api: SlackApi, person: str, now: datetime) -> str:
    """The conversation with a person (`U…`). Raises `Unsuccessful`."""
    try:
        return _text((await api.json("conversations.open", {"users": person}, now)).get("channel"), "id")
    except Unsuccessful as failure:
        if failure.error != "missing_scope":
            raise
        return person  # without the scope `im:write` Slack takes a person's id for the app's own conversation


async def set_topic(api: SlackApi, channel: str, topic: str, now: datetime) -> None:
    """Describe the channel. Raises `Unsuccessful`."""
    await api.json("conversations.setTopic", {"channel": channel, "topic": topic}, now)


async def post_summary(api: SlackApi, channel: str, text: str, incident_id: str, now: datetime) -> str:
    """Post the summary, and return where it is. Raises `Unsuccessful`."""
    metadata = {"event_type": SUMMARY, "event_payload": {"incident_id": incident_id}}
    message = {"channel": channel, "text": text, "unfurl_links": False, "metadata": metadata}
    return _text(await api.json("chat.postMessage", message, now), "ts")


async def find_summary(api: SlackApi, channel: str, incident_id: str, now: datetime) -> str | None:
    """Where a summary is that was posted and not recorded, as after a crash; None: nowhere. Raises `Unsuccessful`."""
    members = {"channel": channel, "limit": str(LISTED), "include_all_metadata": "true"}
    answer = await api.form("conversations.history", members, now)
    for message in answer.get("messages") or []:
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") == SUMMARY and payload.get("incident_id") == incident_id:
            return _text(message, "ts")
    return None


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
