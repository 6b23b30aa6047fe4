"""The channels of the Slack double: made by name, described, filled, pinned to, archived, read.

As Slack does: a name is taken also when its channel is archived, who is in a channel can't be invited again, and what
is archived takes nothing. https://docs.slack.dev/reference/methods (conversations.*, pins.add).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Members = dict[str, Any]
_NAME = re.compile(r"[a-z0-9_-]{1,80}")
TOPIC_LIMIT = 250


class Kept(Protocol):
    """A message, as far as channels know of it."""

    ts: str
    members: Members


@dataclass(slots=True)
class SlackRoom:
    """One channel."""

    id: str
    name: str
    topic: str = ""
    invited: list[str] = field(default_factory=list)
    pinned: list[str] = field(default_factory=list)
    is_archived: bool = False

    def to_members(self) -> Members:
        """As Slack describes it."""
        return {"id": self.id, "name": self.name, "is_channel": True, "is_archived": self.is_archived}


class SlackRooms:
    """All channels that were made; `messages` gives those of one."""

    def __init__(self, messages: Callable[[str], Sequence[Kept]]) -> None:
        self.made: dict[str, SlackRoom] = {}
        self._messages = messages

    def find_by_name(self, name: str) -> SlackRoom | None:
        """The channel of this name."""
        return next((room for room in self.made.values() if room.name == name), None)

    def is_archived(self, channel: str) -> bool:
        """True for a channel that takes nothing any more."""
        return channel in self.made and self.made[channel].is_archived

    def carry_out(self, method: str, members: Members) -> Members:
        """The answer to one call."""
        if method == "conversations.create":
            return self._create(str(members.get("name", "")))
        if method == "conversations.list":
            return self._list(int(members.get("limit", 100)), str(members.get("cursor") or "0"))
        room = self.made.get(str(members.get("channel", "")))
        if room is None:
            return _refusal("channel_not_found")
        if method in ("conversations.history", "conversations.replies"):
            return self._history(room, members)
        if room.is_archived:
            return _refusal("already_archived" if method == "conversations.archive" else "is_archived")
        return self._change(room, method, members)

    def _create(self, name: str) -> Members:
        if not _NAME.fullmatch(name):
            return _refusal("invalid_name_specials" if name else "invalid_name_required")
        if self.find_by_name(name) is not None:
            return _refusal("name_taken")
        room = SlackRoom(f"C{len(self.made) + 1:08d}", name)
        self.made[room.id] = room
        return _ok(channel=room.to_members())

    def _list(self, limit: int, cursor: str) -> Members:
        start = int(cursor)
        rooms = list(self.made.values())
        following = str(start + limit) if start + limit < len(rooms) else ""
        shown = [room.to_members() for room in rooms[start : start + limit]]
        return _ok(channels=shown, response_metadata={"next_cursor": following})

    def _history(self, room: SlackRoom, members: Members) -> Members:
        oldest, latest = str(members.get("oldest", "0")), str(members.get("latest", "9" * 12))
        shown = str(members.get("include_all_metadata", "")).lower() == "true"
        found = [
            {"type": "message", "ts": one.ts}
            | {name: value for name, value in one.members.items() if shown or name != "metadata"}
            for one in self._messages(room.id)
        ]
        return _ok(messages=[one for one in found if oldest <= one["ts"] <= latest], has_more=False)

    def _change(self, room: SlackRoom, method: str, members: Members) -> Members:
        match method:
            case "conversations.setTopic":
                if len(str(members.get("topic", ""))) > TOPIC_LIMIT:
                    return _refusal("too_long")
                room.topic = str(members["topic"])
            case "conversations.invite":
                users = str(members.get("users", "")).split(",")
                if any(user[:1] not in ("U", "W") for user in users):
                    return _refusal("user_not_found")
                if any(user in room.invited for user in users):
                    return _refusal("already_in_channel")
                room.invited += users
            case "pins.add":
                if members.get("timestamp") in room.pinned:
                    return _refusal("already_pinned")
                room.pinned.append(str(members.get("timestamp")))
                return _ok()
            case "conversations.archive":
                room.is_archived = True
                return _ok()
            case _:
                return _refusal("unknown_method")
        return _ok(channel=room.to_members())


def _ok(**members: Any) -> Members:
    return {"ok": True, **members}


def _refusal(error: str) -> Members:
    return {"ok": False, "error": error}
