"""How well clusters agree with labelled titles, beside grouping by exact title; and how long many take."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta
from math import comb

from bench.figures import Figure
from bench.trend_titles import Labelled, labelled_titles
from services.analytics.clusters.clustered_incident import ClusteredIncident
from services.analytics.clusters.membership import Corrections, Memberships, form_clusters
from services.analytics.clusters.template import template_of
from shared.vocabulary import Category, Severity

FLOOR = 0.8
MANY = 100_000
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def agreement(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """The adjusted Rand index of two labellings of the same things: 1 for the same groups, about 0 for chance.

    Source: Hubert and Arabie, "Comparing partitions" (1985).
    """
    both = sum(comb(count, 2) for count in Counter(zip(one, other, strict=True)).values())
    of_one = sum(comb(count, 2) for count in Counter(one).values())
    of_other = sum(comb(count, 2) for count in Counter(other).values())
    expected = of_one * of_other / comb(len(one), 2)
    most = (of_one + of_other) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def incidents_of(titles: Sequence[Labelled]) -> list[ClusteredIncident]:
    """An incident of each, an hour after the one before."""
    return [
        ClusteredIncident(
            id=f"INC-{number:06}",
            title=one.title,
            created_at=_BEGAN + timedelta(hours=number),
            service_id=one.service,
            service_name=one.service,
            severity=Severity.HIGH,
            category=Category.ERROR,
            counts=True,
        )
        for number, one in enumerate(titles)
    ]


def clusters_of(incidents: Sequence[ClusteredIncident]) -> Memberships:
    """The clusters of these incidents, from their titles alone."""
    templates = {one.id: template_of(one.title, one.service_name) for one in incidents}
    return form_clusters(incidents, templates, Corrections())


def labels_of(incidents: Sequence[ClusteredIncident], memberships: Memberships) -> list[str]:
    """The cluster of each; what is in none is a group of its own."""
    return [memberships.of_incident.get(one.id, one.id) for one in incidents]


def measure() -> list[Figure]:
    """Agreement on titles of three languages, and the time that many take."""
    figures = []
    for count in (100, 300, 1000):
        titles = labelled_titles(count, seed=count)
        incidents = incidents_of(titles)
        right = [one.problem for one in titles]
        ours = agreement(right, labels_of(incidents, clusters_of(incidents)))
        exact = agreement(right, [one.title for one in titles])
        note = f"by exact title {exact:.2f}"
        figures.append(Figure(f"clusters of {count} titles, adjusted Rand index", ours, "", FLOOR, True, note))
    incidents = incidents_of(labelled_titles(MANY, seed=1))
    began = time.perf_counter()
    clusters_of(incidents)
    figures.append(Figure(f"clusters of {MANY} incidents made anew", time.perf_counter() - began, "s"))
    return figures
