"""Which incident belongs to which cluster: what the titles say, and over it what people corrected. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.analytics.clusters.cluster import Cluster
from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.clusters.grouping import Counted, group_templates
from services.analytics.clusters.identity import Group, keep_ids
from services.analytics.clusters.naming import Titled, name_cluster
from services.analytics.clusters.template import Template

FEWEST = 2
"""Incidents that make a cluster by themselves: one alone is none, unless a person said so."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """What people corrected: clusters that they touched, and to where they moved incidents and templates."""

    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    """Every cluster that was kept before, by id."""
    of_incident: Mapping[str, str] = field(default_factory=dict)
    of_template: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Formed:
    """A cluster as it was made anew; `incidents` are their ids, the oldest first."""

    id: str
    name: str
    incidents: Sequence[str]


@dataclass(frozen=True, slots=True)
class Memberships:
    """All clusters, and the cluster of each incident that is in one."""

    clusters: Mapping[str, Formed]
    of_incident: Mapping[str, str]
    made_of: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """How many incidents have each template of each group that the titles make, by the cluster's id."""


def form_clusters(
    incidents: Sequence[ClusteredIncident], templates: Mapping[str, Template], corrections: Corrections
) -> Memberships:
    """The clusters of these incidents, in order of (created_at, id); `templates` by incident id.

    The same incidents and corrections give the same clusters, whenever and in whatever order they were heard of.
    """
    grouped = _group(incidents, templates, corrections)
    by_cluster: dict[str, list[ClusteredIncident]] = {}
    for incident in incidents:
        pinned = corrections.of_incident.get(incident.id) or corrections.of_template.get(templates[incident.id].key)
        cluster = _final(pinned or grouped.of_template[templates[incident.id].key], corrections.clusters)
        by_cluster.setdefault(cluster, []).append(incident)
    formed = {
        cluster_id: Formed(
            cluster_id,
            _name(cluster_id, members, templates, corrections.clusters),
            [one.id for one in members],
        )
        for cluster_id, members in by_cluster.items()
        if len(members) >= FEWEST or _is_kept(corrections.clusters.get(cluster_id))
    }
    of_incident = {one: cluster_id for cluster_id, cluster in formed.items() for one in cluster.incidents}
    return Memberships(formed, of_incident, grouped.templates)


def limit_to(
    memberships: Memberships,
    incidents: Sequence[ClusteredIncident],
    templates: Mapping[str, Template],
    clusters: Mapping[str, Cluster],
) -> Memberships:
    """The clusters to somebody who may see only these incidents: named after these, and none of one alone."""
    by_cluster: dict[str, list[ClusteredIncident]] = {}
    for incident in incidents:
        if (cluster_id := memberships.of_incident.get(incident.id)) is not None:
            by_cluster.setdefault(cluster_id, []).append(incident)
    formed = {
        cluster_id: Formed(cluster_id, _name(cluster_id, members, templates, clusters), [one.id for one in members])
        for cluster_id, members in by_cluster.items()
        if len(members) >= FEWEST or _is_kept(clusters.get(cluster_id))
    }
    return Memberships(formed, {one: cluster_id for cluster_id, cluster in formed.items() for one in cluster.incidents})


@dataclass(frozen=True, slots=True)
class _Grouped:
    of_template: Mapping[str, str]
    templates: Mapping[str, Mapping[str, int]]


def _group(
    incidents: Sequence[ClusteredIncident], templates: Mapping[str, Template], corrections: Corrections
) -> _Grouped:
    """The id of the group that each template is in, and the templates of each id."""
    counts = Counter(templates[incident.id].key for incident in incidents)
    first: dict[str, ClusteredIncident] = {}
    for incident in incidents:
        first.setdefault(templates[incident.id].key, incident)
    numbers = group_templates([Counted(templates[one.id], counts[key]) for key, one in first.items()])
    groups: dict[int, dict[str, int]] = {}
    for key, number in zip(first, numbers, strict=True):
        groups.setdefault(number, {})[key] = counts[key]
    made = [Group(group, first[next(iter(group))].id) for group in groups.values()]
    ids = keep_ids({cluster_id: one.templates for cluster_id, one in corrections.clusters.items()}, made)
    return _Grouped(
        {key: cluster_id for cluster_id, group in zip(ids, made, strict=True) for key in group.templates},
        {cluster_id: group.templates for cluster_id, group in zip(ids, made, strict=True)},
    )


def _final(cluster_id: str, clusters: Mapping[str, Cluster]) -> str:
    """The cluster that this one was merged into, over any number of merges."""
    seen = {cluster_id}
    while (known := clusters.get(cluster_id)) is not None and known.merged_into and known.merged_into not in seen:
        cluster_id = known.merged_into
        seen.add(cluster_id)
    return cluster_id


def _is_kept(cluster: Cluster | None) -> bool:
    return cluster is not None and cluster.is_persons


def _name(
    cluster_id: str,
    members: Sequence[ClusteredIncident],
    templates: Mapping[str, Template],
    clusters: Mapping[str, Cluster],
) -> str:
    """What a person called it, else the name that its titles give."""
    known = clusters.get(cluster_id)
    if known is not None and known.name:
        return known.name
    counts = Counter((one.title, one.service_name) for one in members)
    template = {(one.title, one.service_name): templates[one.id] for one in members}
    return name_cluster(
        Titled(title, template[title, service], count, service) for (title, service), count in counts.items()
    )
