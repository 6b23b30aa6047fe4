"""`/analytics/clusters…`: people name, merge, split and fill clusters; each of it can be taken back. Managers write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.analytics.clusters.cluster import (
    MOST_MOVED,
    Cluster,
    Name,
    merge,
    rename,
    require_members,
    split_off,
    undo_merge,
)
from services.analytics.clusters.cluster_cache import ClusterCache, Known
from services.analytics.clusters.store.clusters import ClusterStore, Move, incident_key, template_key
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.outbox.races import decide_and_commit
from shared.problem import not_found
from shared.team_scope import require_team
from shared.vocabulary import Role
from shared.web import Caller

Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_MOVED)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClusterPatch(_Body):
    """A name; null lets the titles name it again."""

    name: Name | None


class MergeIn(_Body):
    """The cluster that this one's incidents count as from now on."""

    into: Id


class SplitIn(_Body):
    """The incidents of a cluster that are something else, with all that have the same titles."""

    incident_ids: Ids
    name: Name | None = None


class PinIn(_Body):
    """Incidents that belong to this cluster, whatever their titles say."""

    incident_ids: Ids


class ClusterStateView(BaseModel):
    """A cluster as it is now, over all time."""

    id: str
    name: str
    is_named_by_people: bool
    merged_into: str | None
    count: int
    incident_ids: list[str]


NEWEST = 100
"""Incidents whose ids are shown of a cluster."""


def routes(cache: ClusterCache, store: ClusterStore, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(prefix="/analytics/clusters", tags=["analytics"])
    corrections = _Corrections(cache, store, clock)

    @router.get("/{id}")
    async def read_cluster(id: str, caller: Caller) -> ClusterStateView:
        """Its newest 100 incidents that the caller may see."""
        caller.require(Role.VIEWER)
        return corrections.show(id, await cache.fresh(), caller)

    @router.patch("/{id}")
    async def name_cluster(id: str, body: ClusterPatch, caller: Caller) -> ClusterStateView:
        return await corrections.change(id, caller, lambda one: rename(one, body.name, caller.author, clock.now()))

    @router.post("/{id}/merge")
    async def merge_cluster(id: str, body: MergeIn, caller: Caller) -> ClusterStateView:
        """`DELETE` of the same path takes it back."""
        _require(caller)
        into = await corrections.existing(body.into)
        return await corrections.change(id, caller, lambda one: merge(one, into, caller.author, clock.now()))

    @router.delete("/{id}/merge")
    async def undo_cluster_merge(id: str, caller: Caller) -> ClusterStateView:
        return await corrections.change(id, caller, lambda one: undo_merge(one, caller.author, clock.now()))

    @router.post("/{id}/split", status_code=201)
    async def split_cluster(id: str, body: SplitIn, caller: Caller, response: Response) -> ClusterStateView:
        """The new cluster; its incidents are put back one by one with `DELETE /analytics/clusters/{id}/pins/…`."""
        made = await corrections.split(id, body, caller)
        response.headers["Location"] = f"/analytics/clusters/{made.id}"
        return made

    @router.post("/{id}/pins")
    async def pin_incidents(id: str, body: PinIn, caller: Caller) -> ClusterStateView:
        return await corrections.pin(id, body.incident_ids, caller)

    @router.delete("/{id}/pins/{incident_id}")
    async def unpin_incident(id: str, incident_id: str, caller: Caller) -> ClusterStateView:
        """Put back to where its title says; also of one that was split off, with all of the same title."""
        return await corrections.unpin(id, incident_id, caller)

    return router


class _Corrections:
    def __init__(self, cache: ClusterCache, store: ClusterStore, clock: Now) -> None:
        self._cache = cache
        self._store = store
        self._clock = clock

    def show(self, id: str, known: Known, caller: Identity) -> ClusterStateView:
        formed, kept = known.memberships.clusters.get(id), known.clusters.get(id)
        visible = {one.id for one in known.incidents if one.team in caller.teams} if caller.teams else None
        incidents = [one for one in (formed.incidents if formed else ()) if visible is None or one in visible]
        if (formed is None and kept is None) or (visible is not None and not incidents):
            raise not_found("cluster", id)
        named = kept.name if kept is not None else None
        own = named or (formed.name if formed is not None and visible is None else "")
        return ClusterStateView(
            id=id,
            name=own,
            is_named_by_people=named is not None,
            merged_into=kept.merged_into if kept is not None else None,
            count=len(incidents),
            incident_ids=incidents[::-1][:NEWEST],
        )

    async def existing(self, id: str) -> Cluster:
        known = await self._store.get(id)
        if known is None:
            # it may just be made, and not be written yet
            await self._cache.refresh()
            known = await self._store.get(id)
        if known is None:
            raise not_found("cluster", id)
        return known

    async def change(self, id: str, caller: Identity, decide: Callable[[Cluster], Cluster]) -> ClusterStateView:
        _require(caller)
        await decide_and_commit(lambda: self.existing(id), decide, lambda after: self._store.commit([after]))
        return await self._shown(id, caller)

    async def split(self, id: str, body: SplitIn, caller: Identity) -> ClusterStateView:
        _require(caller)
        await self.existing(id)
        known = await self._cache.fresh()
        formed = known.memberships.clusters.get(id)
        require_members(body.incident_ids, frozenset(formed.incidents) if formed is not None else frozenset())
        made = split_off(fresh("cluster-"), body.name, caller.author, self._clock.now())
        await self._store.commit([made])
        keys = {template_key(known.templates[one].key) for one in body.incident_ids}
        await self._move([Move(key, made.id) for key in sorted(keys)], caller)
        return await self._shown(made.id, caller)

    async def pin(self, id: str, incident_ids: list[str], caller: Identity) -> ClusterStateView:
        _require(caller)
        await self.existing(id)
        known = await self._cache.fresh()
        require_members(incident_ids, frozenset(known.templates), "there is no such incident")
        await self._move([Move(incident_key(one), id) for one in dict.fromkeys(incident_ids)], caller)
        return await self._shown(id, caller)

    async def unpin(self, id: str, incident_id: str, caller: Identity) -> ClusterStateView:
        _require(caller)
        await self.existing(id)
        known = await self._cache.fresh()
        keys = [incident_key(incident_id)]
        if (template := known.templates.get(incident_id)) is not None:
            keys.append(template_key(template.key))
        moved = [Move(key, None) for key in keys if self._cache.moved_to(key) == id]
        if not moved:
            raise not_found("pinned incident", incident_id)
        await self._move(moved, caller)
        return await self._shown(id, caller)

    async def _move(self, moves: list[Move], caller: Identity) -> None:
        async def commit(wanted: list[Move]) -> set[str]:
            return await self._store.move(wanted, caller.author)

        async def again() -> list[Move]:
            return moves

        await decide_and_commit(again, lambda wanted: wanted, commit)

    async def _shown(self, id: str, caller: Identity) -> ClusterStateView:
        await self._cache.refresh()
        return self.show(id, self._cache.known, caller)


def _require(caller: Identity) -> None:
    """Clusters are everybody's: a key that is limited to teams changes none."""
    caller.require(Role.MANAGER)
    require_team(caller, None)
