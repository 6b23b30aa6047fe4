"""Things that the gateway's tests are about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.gateway.keys.key import Key, digest_of
from shared.events import Event
from shared.testing.examples import example
from shared.vocabulary import Role

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def make_key(text: str = "tk_00000000000000000000000000000000", **changes: Any) -> Key:
    """An API key that was made yesterday, good for a viewer."""
    plain = Key(
        id="key_1", name="Grafana", role=Role.VIEWER, digest=digest_of(text), created_at=NOW - timedelta(days=1)
    )
    return replace(plain, **changes)


def lived(name: str, *, imported: bool = False) -> Event:
    """The example of an event; of an incident that was imported, or not."""
    event = example(name)
    return event.changed(data=event.data.changed(imported=imported)) if name.startswith("incident.") else event
