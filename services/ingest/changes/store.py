"""Changes, one aggregate each that is written once. Every question walks an index in which `order` stands last."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from pymongo import DESCENDING, IndexModel

from services.ingest.catalogue_copy.routing import fold_service, shown_service
from services.ingest.changes.change import Change, ReceivedChange, fact
from shared.events import Event, make
from shared.events.changes import ChangeKind
from shared.mongo import Document
from shared.outbox import aggregates
from shared.runtime import Runtime
from shared.telemetry import trace

COLLECTION = "changes"
RECORDED = "change.recorded.v1"
_WORDS = ("summary", "source", "at", "service", "version", "environment", "author", "url", "kind")


class Changes:
    """Keeps changes, and finds them by id, service, source and time."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION)
        self._clock = runtime.clock
        self._retention = timedelta(days=runtime.settings.change_days)
        runtime.indexes(
            {
                COLLECTION: [
                    IndexModel([("folded", 1), ("order", DESCENDING)], name="service"),
                    IndexModel([("order", DESCENDING)], name="order"),
                    IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0),
                ]
            }
        )

    async def keep(self, changes: Sequence[Change]) -> None:
        """Write them and tell of them; one that is kept already stays as it is and is not told again."""
        context = trace.current()
        different = {change.id: change for change in changes}
        await self._aggregates.commit(
            [
                aggregates.Change(
                    change.id,
                    0,
                    {**_document(change), "expire_at": change.recorded_at + self._retention},
                    [_event(change, context)],
                )
                for change in different.values()
            ]
        )

    async def page(
        self, services: Sequence[str] | None, source: str | None, within: tuple[str, str], limit: int
    ) -> list[Change]:
        """Up to `limit` changes [from, to) of their order, newest first; of these services (folded) if not None."""
        query: Document = {"order": {"$gte": within[0], "$lt": within[1]}}
        query |= {} if source is None else {"source": source}
        found: list[Document] = []
        if services is None:
            found = await self._newest(query, "order", limit)
        else:
            for service in services:
                found += await self._newest({"folded": service, **query}, "service", limit)
        found.sort(key=lambda document: str(document["order"]), reverse=True)
        return [_read(document) for document in found[:limit]]

    async def one(self, id: str) -> Change | None:
        """The change with this id."""
        document = await self._aggregates.collection.find_one({"_id": id})
        return _read(document) if document else None

    async def snapshots(self) -> AsyncIterator[Event]:
        """All changes that are kept as events, for who asks to hear the facts again."""
        async for document in self._aggregates.collection.find({}):
            yield _event(_read(document), None)

    async def _newest(self, query: Document, index: str, limit: int) -> list[Document]:
        return await self._aggregates.collection.find(query).sort("order", -1).limit(limit).hint(index).to_list()


def _event(change: Change, context: trace.Context | None) -> Event:
    return make(
        RECORDED,
        subject=change.id,
        sequence=1,
        time=change.recorded_at,
        data=fact(change),
        correlation=context.correlation if context else None,
        traceparent=context.traceparent if context else None,
    )


def _document(change: Change) -> Document:
    received = change.received
    return {
        "told": {name: getattr(received, name) for name in _WORDS},  # a version is the aggregate's, too
        "source": received.source,
        "labels": dict(received.labels or {}),
        "links": [list(link) for link in received.links],
        "mended": list(received.mended),
        "service_id": change.service_id,
        "folded": fold_service(shown_service(change.service_id, received.service)),
        "integration_id": change.integration_id,
        "teams": list(change.teams),
        "recorded_at": change.recorded_at,
        "order": change.order,
    }


def _read(document: Document) -> Change:
    received = ReceivedChange(
        **{**document["told"], "kind": ChangeKind(document["told"].get("kind", ChangeKind.OTHER))},
        labels=document["labels"],
        links=tuple((link[0], link[1]) for link in document["links"]),
        mended=tuple(document["mended"]),
    )
    return Change(
        document["_id"],
        received,
        document.get("service_id"),
        document.get("integration_id"),
        document["recorded_at"],
        tuple(document.get("teams") or ()),
    )
