"""Jitsi, and whatever else makes a room when its address is opened: the address with the room's name behind it."""

from __future__ import annotations

rank = 9


def takes(url: str) -> bool:
    """Any web address: it is the default."""
    return url.startswith(("https://", "http://"))


def link(url: str, room: str) -> str:
    """`<base>/<room>`."""
    return f"{url.rstrip('/')}/{room}"
