"""Groups, one aggregate for each service (and drill). Nobody but the grouping writes them.

A process knows which groups there are, and those that it met lately by heart: a new incident asks nothing about its
group. What replicas write meanwhile is found by the commit, which their version refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from pymongo import IndexModel

from services.ingest.grouping.group import Group, document_of
from shared.mongo import Document, find_by_ids
from shared.outbox.aggregates import Change
from shared.outbox.remembered import Remembered
from shared.runtime import Runtime

COLLECTION = "groups"
MOST_IDS = 50_000
"""Of more groups than this the ids are not kept, and every one is asked for."""
MOST_GROUPS = 5_000
"""So many groups are known by heart."""


class Groups:
    """Keeps groups."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION, silent=True)
        self._retention = timedelta(days=runtime.settings.alert_days)
        self._ids: set[str] = set()
        self._are_all = False
        """`ids` has every group that was there at the start, and that this process made since."""
        self._met: Remembered[Group] = Remembered(MOST_GROUPS)
        expiry = IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0, sparse=True)
        runtime.indexes({COLLECTION: [expiry]})
        runtime.on_start(self.start)

    async def start(self) -> None:
        """Learn which groups there are: of those that are not there nothing is asked."""
        found = await self._aggregates.collection.find({}, projection=["_id"]).limit(MOST_IDS + 1).to_list()
        self._are_all = True
        self._know(document["_id"] for document in found)

    def recall(self, ids: Iterable[str]) -> dict[str, Group]:
        """The groups in these documents that this process met lately, as it knows them.

        Others may have written them since, which a commit on them finds. Whoever leaves one as it is must read it.
        """
        return self._met.recall(ids)

    async def by_ids(self, ids: Sequence[str], by_heart: Mapping[str, Group] | None = None) -> dict[str, Group]:
        """The groups in these documents: read, but for those that are known `by_heart`, and that nobody has made.

        One that another replica has made meanwhile is missing, and a commit that makes it is refused.
        """
        have = by_heart or {}
        wanted = [key for key in ids if key not in have and (key in self._ids or not self._are_all)]
        found = await find_by_ids(self._aggregates.collection, wanted)
        read = {key: _read(document) for key, document in found.items()}
        self._met.keep(read)
        return {**have, **read}

    async def service_of(self, group_id: str) -> str | None:
        """The service (folded) whose alerts this group holds; None when the group is not known any more."""
        document = document_of(group_id)
        found = await find_by_ids(self._aggregates.collection, [document])
        return _read(found[document]).service if document in found else None

    async def commit(self, groups: Iterable[Group]) -> set[str]:
        """Write these; the ids of documents that changed meanwhile."""
        wanted = list(groups)
        lost = {group.id for group in wanted}
        try:
            lost = await self._aggregates.commit([self._change(group) for group in wanted])
        finally:
            self._know(group.id for group in wanted)
            self._met.forget(lost)
        self._met.keep(
            {group.id: replace(group, version=group.version + 1) for group in wanted if group.id not in lost}
        )
        return lost

    def _change(self, group: Group) -> Change:
        fields = {
            "group_id": group.group_id,
            "service": group.service,
            "opened_at": group.opened_at,
            "last_at": group.last_at,
            "expire_at": group.last_at + self._retention,
        }
        return Change(group.id, group.version, fields)

    def _know(self, ids: Iterable[str]) -> None:
        self._ids.update(ids)
        if len(self._ids) > MOST_IDS:
            self._are_all = False
            self._ids.clear()


def _read(document: Document) -> Group:
    return Group(
        id=document["_id"],
        service=document["service"],
        group_id=document["group_id"],
        opened_at=document["opened_at"],
        last_at=document["last_at"],
        version=document["version"],
    )
