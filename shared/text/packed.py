"""Bodies that came packed (`Content-Encoding`, RFC 9110 section 8.4): unpacked a piece at a time, within a limit.

gzip (RFC 1952, also of several members), and deflate as zlib (RFC 1950) or bare (RFC 1951), which senders mix up. One
coding: what is packed twice is a bomb more often than a body.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from enum import StrEnum

from shared.problem import Problem, malformed, too_large

PIECE = 64 * 1024
"""No more bytes than this come out at a time."""
_SLICE = 16 * 1024
"""Packed bytes that are looked at together: what is left over of them is copied."""
_MOST_MEMBERS = 1000
"""Of one gzip body. Whole files of logs have some hundred."""
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class Coding(StrEnum):
    """How a body may be packed."""

    GZIP = "gzip"
    DEFLATE = "deflate"


_PLAIN = frozenset({"", "identity", "none", "utf-8", "utf8", "us-ascii", "iso-8859-1", "7bit", "8bit", "binary"})
"""Nothing is packed: the word for it, and those that are meant for other headers and often stand here."""
_NAMES = {"gzip": Coding.GZIP, "x-gzip": Coding.GZIP, "deflate": Coding.DEFLATE}


def coding_of(said: str) -> Coding | None:
    """What a `Content-Encoding` says; None where nothing is packed. Raises a 415 `Problem` for what is not taken."""
    names = [name for part in said.split(",") if (name := part.strip().lower()) not in _PLAIN]
    if not names:
        return None
    if len(names) == 1 and names[0] in _NAMES:
        return _NAMES[names[0]]
    raise Problem(
        415,
        "unsupported_encoding",
        f"A body may be packed once, by {' or '.join(Coding)}, or not at all; this one is {said[:100]!a}.",
        headers={"Accept-Encoding": ", ".join(Coding)},
    )


def require_unpacked(said: str) -> None:
    """Raise a 415 `Problem` for what a `Content-Encoding` says, unless it says that nothing is packed."""
    if coding_of(said) is not None:
        raise Problem(415, "unsupported_encoding", "This takes a body as it is, not one that is packed.")


def pieces(body: bytes, coding: Coding, limit: int) -> Iterator[bytes]:
    """The unpacked bytes, `PIECE` at most at a time; nothing of them is kept here.

    Raises a `Problem`: 400 for what is broken, 413 as soon as more than `limit` bytes came out.
    """
    size = 0
    try:
        for piece in _inflate(body, _window(body, coding)):
            size += len(piece)
            if size > limit:
                raise too_large(limit)
            yield piece
    except zlib.error as error:
        raise malformed(f"The body can't be unpacked as {coding}: {error}.") from None


def unpack(body: bytes, coding: Coding | None, limit: int) -> bytes:
    """All of it; what is not packed as it is. Raises as `pieces`."""
    return b"".join(pieces(body, coding, limit)) if coding is not None and body else body


def _window(body: bytes, coding: Coding) -> int:
    if coding is Coding.GZIP:
        return _GZIP_WINDOW
    is_zlib = len(body) >= 2 and body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2]) % 31 == 0
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS


def _inflate(body: bytes, window: int) -> Iterator[bytes]:
    inflater, members = zlib.decompressobj(window), 1
    for start in range(0, len(body), _SLICE):
        rest = body[start : start + _SLICE]
        while rest:
            if inflater.eof:
                if not rest.strip(b"\0"):
                    break  # padding
                if window != _GZIP_WINDOW or members == _MOST_MEMBERS:
                    raise zlib.error("there are bytes behind its end")
                inflater, members = zlib.decompressobj(window), members + 1
            piece = inflater.decompress(rest, PIECE)
            if piece:
                yield piece
            rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    while not inflater.eof and (piece := inflater.decompress(b"", PIECE)):
        yield piece
    if not inflater.eof:
        raise zlib.error("its end is missing")
