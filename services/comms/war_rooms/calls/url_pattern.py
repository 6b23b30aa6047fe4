"""Any provider whose links have the room's name somewhere inside: the address says where, by `{room}`."""

from __future__ import annotations

rank = 1
PLACE = "{room}"


def takes(url: str) -> bool:
    """A web address with the place for the room's name."""
    return url.startswith(("https://", "http://")) and PLACE in url


def link(url: str, room: str) -> str:
    """The address with the room's name in its place."""
    return url.replace(PLACE, room)
