"""Clusters and moves as they are stored. They are people's facts too, so no rebuild of projections drops them.

Layout of `clusters`: `{_id, version, templates: [[key, count]], name, merged_into, is_split, changed_by, changed_at,
written_at}`; `gone` once nothing is left of one that nobody touched. Of `cluster_moves`, by `incident:<id>` or
`template:<key>`: `{_id, version, cluster_id, by, written_at}`; a `cluster_id` of None is a move that was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.analytics.clusters.cluster import Cluster
from shared.copies.following import Following, time_index
from shared.mongo import Document, find_by_ids
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

COLLECTION = "clusters"
MOVES = "cluster_moves"


@dataclass(frozen=True, slots=True)
class Move:
    """An incident, or all incidents of a template, that a person put into a cluster; None: put back."""

    key: str
    cluster_id: str | None


def incident_key(incident_id: str) -> str:
    """Under which an incident's move is stored."""
    return f"incident:{incident_id}"


def template_key(template: str) -> str:
    """Under which a template's move is stored."""
    return f"template:{template}"


class ClusterStore:
    """The clusters, and what people moved."""

    def __init__(self, runtime: Runtime) -> None:
        self._clock = runtime.clock
        self._aggregates = runtime.aggregates(COLLECTION, silent=True)
        self._move_aggregates = runtime.aggregates(MOVES, silent=True)
        runtime.indexes({COLLECTION: [time_index("written_at")], MOVES: [time_index("written_at")]})

    def follow(self) -> tuple[Following, Following]:
        """The clusters and the moves, each from its beginning."""
        clusters, moves = (
            Following(one.collection, self._clock, field="written_at", version="version")
            for one in (self._aggregates, self._move_aggregates)
        )
        return clusters, moves

    async def get(self, id: str) -> Cluster | None:
        """The cluster with this id."""
        document = await self._aggregates.collection.find_one({"_id": id})
        return None if document is None or document.get("gone") else read_cluster(document)

    async def commit(self, clusters: Iterable[Cluster], gone: Iterable[Cluster] = ()) -> set[str]:
        """Write these clusters, each guarded by its version; the ids of those that lost their race."""
        now = self._clock.now()
        return await self._aggregates.commit(
            [Change(one.id, one.version, _fields(one) | {"gone": None, "written_at": now}) for one in clusters]
            + [Change(one.id, one.version, {"gone": True, "templates": [], "written_at": now}) for one in gone]
        )

    async def move(self, moves: Sequence[Move], by: str) -> set[str]:
        """Write these moves over what was moved before; those that lost their race."""
        known = await find_by_ids(self._move_aggregates.collection, [one.key for one in moves])
        now = self._clock.now()
        return await self._move_aggregates.commit(
            [
                Change(
                    one.key,
                    known[one.key]["version"] if one.key in known else 0,
                    {"cluster_id": one.cluster_id, "by": by, "written_at": now},
                )
                for one in moves
            ]
        )


def read_cluster(document: Document) -> Cluster:
    """A stored document as a cluster."""
    return Cluster.model_validate(document | {"id": document["_id"], "templates": dict(document["templates"])})


def _fields(cluster: Cluster) -> Document:
    return {
        # keys of documents may not be data: they are pairs
        "templates": [[key, count] for key, count in cluster.templates.items()],
        "name": cluster.name,
        "merged_into": cluster.merged_into,
        "is_split": cluster.is_split,
        "changed_by": cluster.changed_by,
        "changed_at": cluster.changed_at,
    }
