"""The body of a request where the gateway itself has to know what it says."""

from __future__ import annotations

import json
from typing import Any


def read_object(body: bytes) -> dict[str, Any]:
    """The object of a JSON body, read as its service reads it; empty for what is none, which its service refuses."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
