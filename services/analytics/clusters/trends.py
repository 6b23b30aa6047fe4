"""What share of a period's incidents each cluster was, and whether it grows (`GET /analytics/trends`). Pure.

A share is of all incidents that were opened in the period, those in no cluster too; drills and merged ones count in
none of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.clusters.membership import Memberships
from services.analytics.periods.period import Period
from services.analytics.runbooks.usage import NO_HISTORY, RunbookHistory, RunbookUse
from services.analytics.words.letters import fold
from shared.events.actions import ActionFact, ActionState

EXAMPLES = 3
MOST_TEXTS = 3
"""Causes, fixes and measures of a cluster that are told, the most frequent ones."""
_GROWS, _SHRINKS = 1.2, 0.8
"""How many times as many as before are more, and fewer."""


class Trend(StrEnum):
    """A cluster's count beside that of the period before."""

    NEW = "new"
    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


class GroupBy(StrEnum):
    """By what the incidents of a cluster may be told apart."""

    SERVICE = "service"
    TEAM = "team"
    SEVERITY = "severity"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Told:
    """A cause or a fix, and of how many incidents."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Recurrence:
    """An action that was closed, and the incidents of its cluster that came afterwards."""

    action_id: str
    closed_at: datetime
    incidents: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClusterTrend:
    """One cluster in one period. Shares are 0 to 1."""

    id: str
    name: str
    count: int
    share: float
    trend: Trend
    previous_count: int
    previous_share: float
    members: Sequence[ClusteredIncident]
    """Newest first."""
    causes: Sequence[Told]
    fixes: Sequence[Told]
    preventions: Sequence[Told]
    actions: Sequence[ActionFact]
    recurrences: Sequence[Recurrence]
    runbooks: Sequence[RunbookUse] = ()
    groups: Sequence[Told] = ()

    @property
    def examples(self) -> Sequence[ClusteredIncident]:
        """The newest of them."""
        return self.members[:EXAMPLES]


@dataclass(frozen=True, slots=True)
class Trends:
    """All clusters of a period, the largest first."""

    period: Period
    total: int
    previous_total: int
    unclustered: int
    clusters: Sequence[ClusterTrend] = field(default_factory=tuple)


def trends_of(
    incidents: Iterable[ClusteredIncident],
    memberships: Memberships,
    actions: Mapping[str, Sequence[ActionFact]],
    period: Period,
    *,
    group_by: GroupBy | None = None,
    runbooks: RunbookHistory = NO_HISTORY,
) -> Trends:
    """The trends of a period; `incidents` are those that the caller may see and asked for, in order of creation.

    `actions` are action items by their incident's id. Actions and runbooks are told of all incidents of a cluster,
    whenever those were.
    """
    before = period.before()
    now_by_cluster: dict[str, list[ClusteredIncident]] = {}
    previous: Counter[str] = Counter()
    seen_actions: dict[str, list[ActionFact]] = {}
    with_runs: dict[str, list[tuple[str, datetime | None]]] = {}
    total = previous_total = unclustered = 0
    for incident in incidents:
        if not incident.counts:
            continue
        cluster = memberships.of_incident.get(incident.id)
        if cluster is not None and incident.id in actions:
            seen_actions.setdefault(cluster, []).extend(actions[incident.id])
        if cluster is not None and incident.id in runbooks.runs:
            with_runs.setdefault(cluster, []).append((incident.id, incident.resolved_at))
        if period.contains(incident.created_at):
            total += 1
            if cluster is None:
                unclustered += 1
            else:
                now_by_cluster.setdefault(cluster, []).append(incident)
        elif before.contains(incident.created_at):
            previous_total += 1
            if cluster is not None:
                previous[cluster] += 1
    clusters = [
        _trend_of(
            (cluster_id, memberships.clusters[cluster_id].name),
            members,
            (total, previous[cluster_id], previous_total),
            sorted(seen_actions.get(cluster_id, ()), key=lambda one: (one.created_at, one.id)),
            runbooks=runbooks.uses(with_runs.get(cluster_id, ())),
            group_by=group_by,
        )
        for cluster_id, members in now_by_cluster.items()
    ]
    clusters.sort(key=lambda one: (-one.count, one.name, one.id))
    return Trends(period, total, previous_total, unclustered, clusters)


def _trend_of(
    named: tuple[str, str],
    members: Sequence[ClusteredIncident],
    counts: tuple[int, int, int],
    actions: Sequence[ActionFact],
    *,
    runbooks: Sequence[RunbookUse],
    group_by: GroupBy | None,
) -> ClusterTrend:
    total, previous, previous_total = counts
    return ClusterTrend(
        id=named[0],
        name=named[1],
        count=len(members),
        share=len(members) / total,
        trend=_direction(len(members), previous),
        previous_count=previous,
        previous_share=previous / previous_total if previous_total else 0.0,
        members=sorted(members, key=lambda one: (one.created_at, one.id), reverse=True),
        causes=most_frequent(one.cause for one in members),
        fixes=most_frequent(text for one in members for text in one.fixes),
        preventions=most_frequent(text for one in members for text in one.preventive),
        actions=actions,
        recurrences=_recurrences(members, actions),
        runbooks=runbooks,
        groups=_groups(members, group_by) if group_by is not None else (),
    )


def _direction(count: int, previous: int) -> Trend:
    if previous == 0:
        return Trend.NEW
    if count > previous * _GROWS:
        return Trend.RISING
    return Trend.FALLING if count < previous * _SHRINKS else Trend.STEADY


def most_frequent(texts: Iterable[str]) -> list[Told]:
    """The texts that were written most often, however their letters were; empty ones are none."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for text in texts:
        if plain := " ".join(fold(text).split()).strip(" ."):
            counts[plain] += 1
            written[plain] = min(written.get(plain, text), text)
    frequent = sorted(counts, key=lambda plain: (-counts[plain], plain))[:MOST_TEXTS]
    return [Told(written[plain], counts[plain]) for plain in frequent]


def _recurrences(members: Sequence[ClusteredIncident], actions: Sequence[ActionFact]) -> list[Recurrence]:
    """What was to end it is done, and it came again."""
    found = []
    for action in actions:
        if action.state is not ActionState.DONE or action.closed_at is None:
            continue
        later = [one.id for one in members if one.created_at > action.closed_at]
        if later:
            found.append(Recurrence(action.id, action.closed_at, later))
    return found


_KEYS: Mapping[GroupBy, Callable[[ClusteredIncident], str]] = {
    GroupBy.SERVICE: lambda one: one.service_id or "",
    GroupBy.TEAM: lambda one: one.team or "",
    GroupBy.SEVERITY: lambda one: one.severity.value,
    GroupBy.CATEGORY: lambda one: one.category.value,
}


def _groups(members: Sequence[ClusteredIncident], group_by: GroupBy) -> list[Told]:
    counts = Counter(_KEYS[group_by](one) for one in members)
    return [Told(key, count) for key, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
