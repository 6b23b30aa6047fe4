"""Values as JSON that any terminal and any reader can take: no raw control character, no half surrogate. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

_RAW = re.compile("[\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def json_text(value: Any, *, indent: int | None = 2, ascii_only: bool = False) -> str:
    """The value as JSON; NaN can't be in it."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent, allow_nan=False, default=str)
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
