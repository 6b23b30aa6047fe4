"""What an answer that takes long must know of its caller again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.gateway.requests.routes import Service


@dataclass(frozen=True, slots=True)
class CallerContext:
    """One request's caller: `holds` tells whether the key or session still holds, `token` signs the identity anew for
    the incident service, which owns what is asked for, and `token_for` for any other.
    """

    holds: Callable[[], Awaitable[bool]]
    token: Callable[[], bytes]
    token_for: Callable[[Service], bytes]
