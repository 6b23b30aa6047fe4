"""To which service an alert's incident, or a change, belongs: the first of these that is known.

The sender's words as an id; the words as a name, in any case; the service that ingest found (its key's, say); the
first service whose `match.labels` all agree with the alert's labels; `unrouted`. Where several could be meant the
oldest counts. The words come first because ingest may not have heard yet of a service made a moment ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from services.incident.catalogue.search_words import fold
from services.incident.catalogue.service_definition import Service, label_key
from shared.vocabulary import UNROUTED


class PlacedBy(StrEnum):
    """What decided the service."""

    INGEST = "ingest"
    CLAIMED_ID = "claimed_id"
    CLAIMED_NAME = "claimed_name"
    LABELS = "labels"
    NOBODY = "nobody"


class Claim(Protocol):
    """What an alert or a change says of its service."""

    @property
    def service_id(self) -> str | None:
        """The service that ingest found."""

    @property
    def service_claim(self) -> str | None:
        """The sender's words for it."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What it may be told by."""

    @property
    def teams(self) -> Sequence[str]:
        """The teams whose services alone it may mean; none: any."""


@dataclass(frozen=True, slots=True)
class PlacementQuery:
    """What must be looked up in the catalogue to place some alerts; names are folded."""

    ids: frozenset[str]
    names: frozenset[str]
    label_keys: frozenset[str]


def query_by_word(facts: Iterable[Claim]) -> PlacementQuery:
    """What to look up first: the services that these alerts name."""
    ids = {UNROUTED}
    names: set[str] = set()
    for fact in facts:
        if fact.service_id:
            ids.add(fact.service_id)
        if fact.service_claim:
            ids.add(fact.service_claim)
            names.add(fold(fact.service_claim))
    return PlacementQuery(frozenset(ids), frozenset(names), frozenset())


def query_by_label(facts: Iterable[Claim]) -> PlacementQuery:
    """What to look up for those that name no service that is known."""
    keys = {label_key(name, value) for fact in facts for name, value in fact.labels.items()}
    return PlacementQuery(frozenset(), frozenset(), frozenset(keys))


class Directory:
    """The services that were found for some alerts, ready to be asked."""

    def __init__(self, services: Iterable[Service]) -> None:
        live = sorted({one.id: one for one in services if not one.deleted}.values(), key=_age)
        self._by_id = {service.id: service for service in live}
        self._by_name = {fold(service.name): service for service in reversed(live)}
        self._labelled = [service for service in live if service.match.labels]

    def with_more(self, services: Iterable[Service]) -> Directory:
        """This directory and what was found besides."""
        return Directory([*self._by_id.values(), *services])

    def places_by_id(self, fact: Claim) -> bool:
        """Whether the alert names its service by an id that is here: then nothing else can decide where it belongs."""
        claimed = self._by_id.get(fact.service_claim) if fact.service_claim else None
        if claimed is not None:
            return _may_mean(fact, claimed)
        return not fact.service_claim and bool(fact.service_id) and fact.service_id in self._by_id

    def place(self, fact: Claim) -> tuple[Service, PlacedBy]:
        """The service of an alert's incident, and what decided it. Raises `KeyError` without `unrouted`."""
        if fact.service_claim:
            claimed = self._by_id.get(fact.service_claim)
            if claimed is not None and _may_mean(fact, claimed):
                return claimed, PlacedBy.CLAIMED_ID
            named = self._by_name.get(fold(fact.service_claim))
            if named is not None and _may_mean(fact, named):
                return named, PlacedBy.CLAIMED_NAME
        if fact.service_id and fact.service_id in self._by_id:
            return self._by_id[fact.service_id], PlacedBy.INGEST
        for service in self._labelled:
            if service.match.labels.items() <= fact.labels.items() and _may_mean(fact, service):
                return service, PlacedBy.LABELS
        return self._by_id[UNROUTED], PlacedBy.NOBODY


def _may_mean(fact: Claim, service: Service) -> bool:
    return not fact.teams or service.team in fact.teams


def _age(service: Service) -> tuple[object, str]:
    return service.created_at, service.id
