"""What the gateway asks for a rehearsal, and what it leaves to on-call to refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.gateway.preparation.questions import Instant, instant_of, is_prepared

pytestmark = pytest.mark.unit

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "told, found",
    [
        pytest.param({}, Instant(NOW, False), id="now unless it says when"),
        pytest.param({"at": (NOW + HOUR).isoformat()}, Instant(NOW + HOUR, False), id="later"),
        pytest.param({"at": "2026-06-01T15:00:00+02:00"}, Instant(NOW + HOUR, False), id="with an offset"),
        pytest.param({"at": (NOW - HOUR).isoformat()}, Instant(NOW - HOUR, True), id="past: nothing is open then"),
        pytest.param({"at": (NOW - timedelta(seconds=59)).isoformat()}, Instant(NOW, False), id="a clock behind ours"),
        pytest.param({"at": "2026-06-01T15:00:00"}, None, id="without an offset"),
        pytest.param({"at": "tomorrow"}, None, id="no time"),
        pytest.param({"at": 7}, None, id="no text"),
        pytest.param({"at": (NOW + timedelta(days=401)).isoformat()}, None, id="too far"),
    ],
)
def test_when_it_is_rehearsed(told: dict[str, Any], found: Instant | None) -> None:
    assert instant_of(told.get("at"), NOW) == found


@pytest.mark.parametrize(
    "method, path, found",
    [
        ("POST", "/rehearsals", True),
        ("POST", "/rehearsals/", True),
        ("GET", "/rehearsals", False),
        ("POST", "/x", False),
    ],
)
def test_what_is_prepared(method: str, path: str, found: bool) -> None:
    assert is_prepared(method, path) is found
