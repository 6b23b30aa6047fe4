"""People as those who read what comms writes: their name, address, language and zone, and how Slack calls them."""

from __future__ import annotations

from shared.events.oncall import UserFact
from shared.stored import Stored
from shared.vocabulary import Channel


class Reader(Stored):
    """One of our own people. Personal data: it is kept in `people` alone, and forgotten when they are erased."""

    id: str
    name: str = ""
    email: str = ""
    locale: str = "en"
    time_zone: str = "UTC"
    slack: list[str] = []
    """Their own ids in Slack."""


def reader_of(fact: UserFact) -> Reader:
    """The reader whom a fact about a person tells of."""
    if fact.deleted:
        return Reader(id=fact.id)
    return Reader(
        id=fact.id,
        name=fact.name,
        email=fact.email,
        locale=fact.locale,
        time_zone=fact.time_zone,
        slack=slack_ids_of(fact),
    )


def unknown_reader(user_id: str) -> Reader:
    """Somebody of whom nothing is known here."""
    return Reader(id=user_id)


def slack_ids_of(fact: UserFact) -> list[str]:
    """The Slack ids that are this person's own, from their contact methods."""
    own = {method.address for method in fact.contact_methods if method.channel is Channel.SLACK}
    return [] if fact.deleted else sorted(one for one in own if one.startswith(("U", "W")) and "@" not in one)
