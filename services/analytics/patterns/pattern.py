"""A pattern: what the resolved incidents of a cluster have in common, and what should end it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.clusters.membership import Memberships
from services.analytics.clusters.trends import Told, most_frequent
from services.analytics.runbooks.usage import NO_HISTORY, RunbookHistory, RunbookUse
from shared.events.actions import ActionFact

WINDOW = timedelta(days=30)
FREQUENT = 3
"""So many within the window propose an action and a runbook."""
MOST_COMPONENTS = 10


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is known of a pattern; `incidents` are its resolved ones, the newest first."""

    id: str
    name: str
    incidents: Sequence[ClusteredIncident]
    most_in_window: int
    """The largest number of them that began within 30 days."""
    components: Sequence[Told]
    causes: Sequence[Told]
    fixes: Sequence[Told]
    preventions: Sequence[Told]
    actions: Sequence[ActionFact] = field(default=())
    runbooks: Sequence[RunbookUse] = field(default=())
    """Those that ended its incidents."""

    @property
    def first_seen(self) -> datetime:
        """When the oldest began."""
        return self.incidents[-1].created_at

    @property
    def last_seen(self) -> datetime:
        """When the newest began."""
        return self.incidents[0].created_at

    @property
    def is_frequent(self) -> bool:
        """True when it was seen often enough that something should be done."""
        return self.most_in_window >= FREQUENT


def patterns_of(
    incidents: Iterable[ClusteredIncident],
    memberships: Memberships,
    actions: Mapping[str, Sequence[ActionFact]],
    runbooks: RunbookHistory = NO_HISTORY,
) -> list[Pattern]:
    """A pattern for each cluster with resolved incidents, the most frequent first.

    The same incidents give the same patterns in the same order. `actions` are action items by incident.
    """
    by_cluster: dict[str, list[ClusteredIncident]] = {}
    for incident in incidents:
        cluster = memberships.of_incident.get(incident.id)
        if cluster is not None and incident.counts and incident.resolved_at is not None:
            by_cluster.setdefault(cluster, []).append(incident)
    found = [
        _pattern(cluster, memberships.clusters[cluster].name, members, actions, runbooks)
        for cluster, members in by_cluster.items()
    ]
    return sorted(found, key=lambda one: (-len(one.incidents), one.name, one.id))


def _pattern(
    cluster: str,
    name: str,
    members: Sequence[ClusteredIncident],
    actions: Mapping[str, Sequence[ActionFact]],
    runbooks: RunbookHistory,
) -> Pattern:
    newest = sorted(members, key=lambda one: (one.created_at, one.id), reverse=True)
    items = [action for one in newest for action in actions.get(one.id, ())]
    return Pattern(
        id=cluster,
        name=name,
        incidents=newest,
        most_in_window=most_within([one.created_at for one in newest]),
        components=_components(newest),
        causes=most_frequent(one.cause for one in newest),
        fixes=most_frequent(text for one in newest for text in one.fixes),
        preventions=most_frequent(text for one in newest for text in one.preventive),
        actions=sorted(items, key=lambda one: (one.created_at, one.id)),
        runbooks=runbooks.uses((one.id, one.resolved_at) for one in newest),
    )


def most_within(times: Iterable[datetime], window: timedelta = WINDOW) -> int:
    """The largest number of these times that lie within one window, its ends included."""
    ordered = sorted(times)
    most = start = 0
    for end, at in enumerate(ordered):
        while at - ordered[start] > window:
            start += 1
        most = max(most, end - start + 1)
    return most


def _components(incidents: Iterable[ClusteredIncident]) -> list[Told]:
    """Services and affected components by how many of the incidents name them."""
    counts = Counter(
        name
        for one in incidents
        for name in {*one.components, *((one.service_name or one.service_id,) if one.service_id else ())}
        if name
    )
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Told(name, count) for name, count in ordered[:MOST_COMPONENTS]]
