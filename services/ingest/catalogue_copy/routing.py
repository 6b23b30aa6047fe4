"""Which service an alert is about, as far as ingest knows the catalogue.

The order of policy: the sender's words (body, else label `service`) as id, then as name, both without regard to case;
then the integration's service; then the first service whose `match.labels` all agree; else nobody knows. The incident
service, which owns the catalogue, decides finally; it gets the words too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared.events.incidents import RESOLVED_GRACE_SECONDS
from shared.vocabulary import UNROUTED


@dataclass(frozen=True, slots=True)
class Service:
    """What routing must know of a service."""

    id: str
    name: str
    match_labels: tuple[tuple[str, str], ...] = ()
    team: str | None = None
    needs: tuple[str, ...] = ()
    """The services that it needs so that it fails with them (hard edges), by id."""
    resolved_grace_seconds: int = RESOLVED_GRACE_SECONDS
    """So long after a person resolved an alert its sender's repeats are quiet."""


class Directory:
    """The services of the catalogue, ready to be asked."""

    def __init__(self, services: Iterable[Service] = ()) -> None:
        self._by_id: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        self._by_first_label: dict[tuple[str, str], list[Service]] = defaultdict(list)
        self._by_team: dict[str, list[str]] = defaultdict(list)
        self.needs: dict[str, tuple[str, ...]] = {}
        """By service, for those that need any: `Service.needs`."""
        self._graces: dict[str, int] = {}
        self._team_of: dict[str, str] = {}
        for service in sorted(services, key=lambda one: one.id):
            if service.resolved_grace_seconds != RESOLVED_GRACE_SECONDS:
                self._graces[service.id] = service.resolved_grace_seconds
            if service.needs:
                self.needs[service.id] = service.needs
            if service.team:
                self._team_of[service.id] = service.team
                self._by_team[service.team].append(service.id)
            self._by_id.setdefault(service.id.casefold(), service.id)
            self._by_name.setdefault(service.name.strip().casefold(), service.id)
            if service.match_labels:
                self._by_first_label[min(service.match_labels)].append(service)

    def find(
        self, claim: str | None, key_service: str | None, labels: Mapping[str, str], teams: Collection[str] = ()
    ) -> str | None:
        """The id of the service, None when nobody knows.

        `claim` is what the sender calls it, `key_service` the service of the integration. A key that is limited to
        `teams` knows their services, and the one of its integration, and no others.
        """
        if claim:
            folded = claim.casefold()
            known = self._by_id.get(folded) or self._by_name.get(folded)
            if known and (not teams or known == key_service or self._team_of.get(known) in teams):
                return known
        if key_service:
            return self._by_id.get(key_service.casefold(), key_service)
        return self._matching(labels, teams) if self._by_first_label else None

    def grace(self, service_id: str | None) -> timedelta:
        """How long after a person's resolve repeats are quiet on this service; None: the one of what has no service."""
        return timedelta(seconds=self._graces.get(service_id or UNROUTED, RESOLVED_GRACE_SECONDS))

    def of_teams(self, teams: Iterable[str]) -> list[str]:
        """The ids of the services that these teams own."""
        return [service for team in teams for service in self._by_team.get(team, ())]

    def _matching(self, labels: Mapping[str, str], teams: Collection[str]) -> str | None:
        agreeing = [
            service.id
            for pair in labels.items()
            for service in self._by_first_label.get(pair, ())
            if (not teams or service.team in teams)
            and all(labels.get(name) == value for name, value in service.match_labels)
        ]
        return min(agreeing, default=None)


def shown_service(service_id: str | None, claim: str | None) -> str:
    """How an answer names the service of an alert."""
    return service_id or claim or UNROUTED


def foreign_note(claim: str) -> str:
    """What is noted on an alert of a limited key that names a service which is none of its teams'."""
    return f"service: {claim!r} is none of the services of the key's teams"


def service_note(service_id: str | None, claim: str | None) -> str | None:
    """What is noted on an alert whose service ingest does not know; None for one that it knows."""
    if service_id is not None:
        return None
    return f"service: {claim!r} is not known" if claim else "service: missing"


def fold_service(service: str) -> str:
    """One text for a service, however its name is written: what lists filter by and groups are made of."""
    return service.strip().casefold()
