"""What a stub of the gateway was sent by the bridge."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from shared.testing.http_stub import HttpStub
from shared.testing.plain_http import Reply

TAKEN = Reply(202, {"content-type": "application/json"}, b'{"accepted": 1, "alerts": []}')
AWAY = Reply(503, {"content-type": "application/json"}, b'{"detail": "away", "code": "unavailable"}')
WRONG_KEY = Reply(401, {"content-type": "application/json"}, b'{"detail": "wrong key", "code": "unknown_key"}')


def alerts(stub: HttpStub) -> list[dict[str, Any]]:
    """Every alert that came, in order."""
    return [alert for request in stub.requests for alert in json.loads(request.body)]


def wait_until(holds: Callable[[], bool], seconds: float = 15) -> None:
    """Return when it holds. Raises `AssertionError`."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.02)
