"""How long a copy of a public page may be shown, by what its service said of it (`Cache-Control`).

While it is fresh it is shown without asking; a little longer it is shown while it is renewed; when its service can't be
asked it stands in for as long as the service allowed. Source: RFC 9111, RFC 5861.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

LARGEST = 2 * 1024 * 1024
"""Bytes of an answer; a larger one is passed on and not kept."""
_QUERY = re.compile(rb"page=[0-9]{1,3}")
_DIRECTIVE = re.compile(r'([a-z-]+)\s*(?:=\s*"?(\d{1,9})"?)?')


class Use(StrEnum):
    """What is to be done with a copy."""

    SHOW = "show"
    SHOW_AND_RENEW = "show_and_renew"
    ASK = "ask"
    """It may still stand in when nobody answers."""
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Seconds, each counted from when the one before is over."""

    fresh: int
    renewing: int
    failing: int


def lifetime_of(status: int, headers: Iterable[tuple[bytes, bytes]], size: int) -> Lifetime | None:
    """How long an answer may be kept for everybody; None when it must not be."""
    said = {name: value for name, value in headers if name in (b"cache-control", b"set-cookie", b"vary")}
    if status != 200 or size > LARGEST or b"set-cookie" in said or b"vary" in said:
        return None
    found = _DIRECTIVE.findall(said.get(b"cache-control", b"").decode("latin-1").lower())
    directives = {name: int(value or 0) for name, value in found}
    if "public" not in directives or not directives.keys().isdisjoint({"no-store", "no-cache", "private"}):
        return None
    return Lifetime(
        fresh=directives.get("max-age", 0),
        renewing=directives.get("stale-while-revalidate", 0),
        failing=directives.get("stale-if-error", 0),
    )


def use_of(lifetime: Lifetime, age: float) -> Use:
    """What to do with a copy that was fetched `age` seconds ago."""
    if age < lifetime.fresh:
        return Use.SHOW
    if age < lifetime.fresh + lifetime.renewing:
        return Use.SHOW_AND_RENEW
    return Use.ASK if age < lifetime.fresh + lifetime.renewing + lifetime.failing else Use.FORGET


def select_query(query: bytes) -> bytes:
    """The part of a query that a public page reads: whatever else is sent makes no copy of its own."""
    return query if _QUERY.fullmatch(query) else b""


def is_known(headers: Iterable[tuple[bytes, bytes]], etag: bytes | None) -> bool:
    """True when the reader says that it has the answer with this tag. Source: RFC 9110, section 13.1.2."""
    for name, value in headers:
        if name == b"if-none-match" and etag is not None:
            tags = [tag.strip().removeprefix(b"W/") for tag in value.split(b",")]
            return etag in tags or b"*" in tags
    return False
