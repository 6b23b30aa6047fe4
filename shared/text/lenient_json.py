"""JSON as monitoring sends it: what strict readers refuse, but can be read, is read.

Lone surrogates, a byte order mark, other charsets, bytes of none, NaN, and raw line breaks or tabs inside of a text.
The gateway and ingest read by this one piece, so what one takes the other takes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from shared.process.garbage import no_collector
from shared.text.charsets import charset_of, decode, is_unicode


@dataclass(frozen=True, slots=True)
class Read:
    """The value in a body, and in words what had to be guessed about its letters."""

    value: Any
    notes: tuple[str, ...] = ()


def read_json(body: bytes, content_type: str = "") -> Read:
    """What is in these bytes. Raises `ValueError`, which says where strict reading ended, for what is no JSON."""
    with no_collector():
        return _read(body, content_type)


def _read(body: bytes, content_type: str) -> Read:
    charset, reason = charset_of(content_type), ""
    if not charset or is_unicode(charset):
        try:
            return Read(from_json(body), decode(b"", charset).notes)
        except ValueError as error:
            reason = str(error)[:200]
    found = decode(body, charset)
    try:
        return Read(json.loads(found.text, strict=False), found.notes)
    except ValueError as error:
        raise ValueError(reason or str(error)[:200]) from None
    except RecursionError:
        raise ValueError(reason or "it is nested too deep") from None
