"""Identifiers: fresh ones that sort by time, and derived ones that are the same whenever their cause is."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def fresh(prefix: str = "") -> str:
    """A new id: `prefix`, then 26 characters of Crockford base 32 (48 bits of milliseconds, 80 random bits).

    Source: the ULID layout, in lower case.
    """
    number = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10), "big")
    return prefix + "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def derive_id(*parts: object, prefix: str = "") -> str:
    """The id of what these parts cause: 32 hexadecimal characters of SHA-256 over the parts, kept apart by NUL."""
    text = "\x00".join(str(part) for part in parts)
    # half of a pair of surrogates, which JSON may hold and UTF-8 may not, is a part like any other
    return prefix + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def stamp_time(stamp: str) -> datetime | None:
    """When a stamp was given, to the millisecond, in UTC; None for text that no `Stamps` made."""
    try:
        return datetime.fromtimestamp(int(stamp[:12], 16) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


class Stamps:
    """A hybrid logical clock: every stamp is later than the one before it, and close to real time.

    A stamp is text that sorts as it happened: 12 hexadecimal digits of milliseconds, 4 of counter, then the node.
    Source: Kulkarni et al., "Logical Physical Clocks" (2014).
    """

    def __init__(self, node: str | None = None) -> None:
        self._node = node or secrets.token_hex(3)
        self._millis = 0
        self._count = 0
        self._lock = threading.Lock()

    def next(self, now_millis: int | None = None) -> str:
        """The next stamp; `now_millis` is the wall clock in milliseconds since 1970 (default: this machine's)."""
        wall = now_millis if now_millis is not None else time.time_ns() // 1_000_000
        with self._lock:
            if wall > self._millis:
                self._millis, self._count = wall, 0
            else:
                self._count += 1
                if self._count > 0xFFFF:
                    self._millis, self._count = self._millis + 1, 0
            return f"{self._millis:012x}{self._count:04x}-{self._node}"
