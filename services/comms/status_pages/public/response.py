"""Answers to the public, as bytes: their tag, how long they may be kept, and whether a reader has them already.

An update must show within 5 seconds. It is at most half a second old here, a second in each cache on the way (which
count the time before them, RFC 9111), and one more while a cache renews it. When we can't be reached a cache may show
what it has for a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

CACHED = "public, max-age=1, stale-while-revalidate=1, stale-if-error=86400"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent."""

    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """Strong: it follows from the bytes."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:24]}"'
