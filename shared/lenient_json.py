"""JSON as monitoring sends it: what strict readers refuse, but can be read, is read.

Lone surrogates, broken UTF-8, a byte order mark, other encodings of Unicode, NaN, and raw line breaks or tabs inside of
a text. The gateway and ingest read by this one piece, so what one takes the other takes.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json


def read_json(body: bytes) -> Any:
    """The value in these bytes. Raises `ValueError`, which says where strict reading ended, for what is no JSON."""
    try:
        return from_json(body)
    except ValueError as error:
        reason = str(error)[:200]
    try:
        text = body.decode(json.detect_encoding(body), "replace").removeprefix("\ufeff")
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        raise ValueError(reason) from None
