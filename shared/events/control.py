"""What the house tells itself: keys, requests to hear the facts again, and what was forgotten."""

from __future__ import annotations

from datetime import datetime

from shared.events.envelope import Fact
from shared.vocabulary import Role


class KeyFact(Fact):
    """An API or integration key. The key itself is never told, only its SHA-256."""

    id: str
    name: str
    role: Role
    digest: str
    """Lower-case hexadecimal SHA-256 of the key."""
    teams: list[str] = []
    integration_id: str | None = None
    integration_kind: str | None = None
    integration_service_id: str | None = None
    expires_at: datetime | None = None
    revoked: bool = False


class ReplayRequest(Fact):
    """Owners of these event types answer with a snapshot of their subjects to the asker's queue."""

    types: list[str]
    reply_to: str
    """The name of the queue that takes the snapshots."""
    tells_end: bool = False
    """Each owner then ends its answer with this request again, with those `types` that it told of."""


class StaleItem(Fact):
    """Something that is not true any more, or that nobody has looked at, and the one thing to do about it."""

    kind: str
    """A stable word: `alerts_silent`, `untouched`, `action_overdue`, `page_says_fine`, `override_ended`,
    `runbook_waiting`, `drill_forgotten`."""
    subject: str
    """The id of what it is about."""
    title: str = ""
    since: datetime
    owner: str | None = None
    """Whose it is: a person's id, else a team's; None: nobody's."""
    people: list[str] = []
    """Ids of the people who are told of it."""
    team: str | None = None
    """The team that sees it, and that is told where there are no people."""
    action: str
    """What to do, as a sentence."""
    method: str = "GET"
    path: str
    """The call that does it, or that shows it."""


class StaleFact(Fact):
    """What a service found stale, told to a person or a team once a day."""

    service: str
    """The service that found it."""
    person: str | None = None
    team: str | None = None
    items: list[StaleItem]
    at: datetime
