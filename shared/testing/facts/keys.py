"""An example of what is told of keys: an integration's, which lasts a year."""

from __future__ import annotations

from shared.events.control import KeyFact
from shared.ids import derive_id
from shared.testing.story import at
from shared.vocabulary import Role


def key() -> KeyFact:
    """The key of the story's sender."""
    return KeyFact(
        id="key-7",
        name="Alertmanager EU",
        role=Role.INTEGRATION,
        digest=derive_id("key") + derive_id("key", 2),
        teams=["payments"],
        integration_id="alertmanager-eu",
        integration_kind="alertmanager",
        integration_service_id="payments",
        expires_at=at(86_400 * 365),
        revoked=False,
    )
