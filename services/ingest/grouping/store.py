"""Groups, one aggregate for each service (and drill). Nobody but the grouping writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from pymongo import IndexModel

from services.ingest.grouping.group import Group, document_of
from shared.mongo import Document, find_by_ids
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

COLLECTION = "groups"


class Groups:
    """Keeps groups."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION, silent=True)
        self._retention = timedelta(days=runtime.settings.alert_days)
        expiry = IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0, sparse=True)
        runtime.indexes({COLLECTION: [expiry]})

    async def by_ids(self, ids: Sequence[str]) -> dict[str, Group]:
        """The groups in these documents."""
        found = await find_by_ids(self._aggregates.collection, ids)
        return {key: _read(document) for key, document in found.items()}

    async def service_of(self, group_id: str) -> str | None:
        """The service (folded) whose alerts this group holds; None when the group is not known any more."""
        document = document_of(group_id)
        found = await self.by_ids([document])
        return found[document].service if document in found else None

    async def commit(self, groups: Iterable[Group]) -> set[str]:
        """Write these; the ids of documents that changed meanwhile."""
        return await self._aggregates.commit(
            [
                Change(
                    group.id,
                    group.version,
                    {
                        "group_id": group.group_id,
                        "service": group.service,
                        "opened_at": group.opened_at,
                        "last_at": group.last_at,
                        "expire_at": group.last_at + self._retention,
                    },
                )
                for group in groups
            ]
        )


def _read(document: Document) -> Group:
    return Group(
        id=document["_id"],
        service=document["service"],
        group_id=document["group_id"],
        opened_at=document["opened_at"],
        last_at=document["last_at"],
        version=document["version"],
    )
