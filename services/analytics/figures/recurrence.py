"""Did the same problem come again: was one of an incident's cluster resolved in the 30 days before it? Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from services.analytics.figures.figure import FigureInput
from services.analytics.table.columns import NEVER, Bools, Ints
from services.analytics.table.table import Table

WINDOW_MILLIS = 30 * 86_400_000
NO_CLUSTER = -1


class ClusterNumbers:
    """The numbers of clusters, made anew when clusters or table changed."""

    def __init__(self) -> None:
        self._made_of: Mapping[str, str] | None = None
        self._numbers: Ints = np.array([], dtype=np.int64)

    def of(self, table: Table, of_incident: Mapping[str, str]) -> Ints:
        """`number_clusters`, of the same mapping and as many rows only once."""
        if self._made_of is not of_incident or len(self._numbers) != len(table.incidents):
            self._numbers, self._made_of = number_clusters(table, of_incident), of_incident
        return self._numbers


def number_clusters(table: Table, of_incident: Mapping[str, str]) -> Ints:
    """For each row the number of the cluster of its incident; `of_incident` has the cluster's id by the incident's."""
    found = np.full(len(table.incidents), NO_CLUSTER, dtype=np.int64)
    numbers: dict[str, int] = {}
    for incident_id, cluster_id in of_incident.items():
        row = table.row_of(incident_id)
        if row is not None:
            found[row] = numbers.setdefault(cluster_id, len(numbers))
    return found


def recurs(asked: FigureInput) -> Bools:
    """For each row that is asked for, whether one that the caller may see too was resolved shortly before it began."""
    columns = asked.table.incidents
    clusters = asked.clusters[asked.rows]
    found = np.zeros(len(asked.rows), dtype=np.bool_)
    clustered = np.flatnonzero(clusters != NO_CLUSTER)
    if not len(clustered):
        return found
    created = columns["created"][asked.rows[clustered]]
    resolved = columns["resolved"][asked.visible]
    # what ended long before the first or after the last of them is no reason for any
    near = (resolved >= int(created.min()) - WINDOW_MILLIS) & (resolved < int(created.max())) & (resolved != NEVER)
    over = asked.visible[near]
    over = over[asked.clusters[over] != NO_CLUSTER]
    if not len(over):
        return found
    ended = columns["resolved"][over]
    first = min(int(ended.min()), int(created.min()) - WINDOW_MILLIS)
    width = max(int(ended.max()), int(created.max())) - first + 1
    keys = np.sort(asked.clusters[over] * width + (ended - first))
    begins = clusters[clustered] * width + (created - first)
    before = np.searchsorted(keys, begins)
    long_before = np.searchsorted(keys, begins - WINDOW_MILLIS)
    found[clustered] = before > long_before
    return found
