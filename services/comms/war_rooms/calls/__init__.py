"""Providers of video calls, one file each: from `TOCSIN_CALL_URL` and a room's name to a link. Pure.

Each module has `takes(url)`, `rank` (narrow before wide) and `link(url, room)`; the first that takes the address makes
the link.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from shared.plug_ins import plug_ins


class CallProvider(Protocol):
    """What a module here has."""

    rank: int

    def takes(self, url: str) -> bool:
        """True when an address is this provider's."""

    def link(self, url: str, room: str) -> str:
        """The link to the room."""


def providers() -> Sequence[CallProvider]:
    """Every provider, in the order in which they are asked."""
    found = plug_ins(__name__, __path__, "rank", "takes", "link")
    return sorted((cast("CallProvider", module) for module in found), key=lambda one: one.rank)


def call_link(url: str, room: str) -> str:
    """The link to the room. Raises `ValueError` for an address that no provider takes."""
    for provider in providers():
        if provider.takes(url):
            return provider.link(url, room)
    raise ValueError("TOCSIN_CALL_URL must be a web address")
