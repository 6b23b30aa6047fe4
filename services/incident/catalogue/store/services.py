"""Services as they are stored. A deleted one stays as a mark, so that its sequence goes on if its id comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from typing import Any

from pymongo import IndexModel

from services.incident.catalogue.placement import PlacementQuery
from services.incident.catalogue.service_definition import Service, search_fields
from services.incident.catalogue.store.change_mark import ChangeMarks
from shared.events import Event, make
from shared.ids import derive_id
from shared.mongo import IN_LIMIT, Document, find_by_ids, one_or_in
from shared.outbox.aggregates import Change
from shared.outbox.remembered import Remembered
from shared.runtime import Runtime
from shared.telemetry import trace

COLLECTION = "services"
MOST_SERVICES = 5000
"""So many services are known by heart, deleted ones too."""
PIECE = 200
"""So many services make a piece of work of some 20 ms."""


class Catalogue:
    """The questions that are asked of the catalogue."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION)
        self._services = runtime.database.collection(COLLECTION)
        self.marks = ChangeMarks(runtime)
        self._clock = runtime.clock
        self._cache: Remembered[Service] = Remembered(MOST_SERVICES)
        runtime.indexes(
            {
                COLLECTION: [
                    IndexModel([("name_folded", 1)], name="name_folded", sparse=True),
                    IndexModel([("match_keys", 1)], name="match_keys", sparse=True),
                ]
            }
        )

    async def get(self, id: str) -> Service | None:
        """The service with this id, a deleted one too."""
        document = await self._services.find_one({"_id": id})
        return _service(document) if document is not None else None

    def recall(self, ids: Iterable[str]) -> list[Service]:
        """Those of these services that this process knows by heart.

        What was changed through this process is known at once, what another replica changed once the map is read again
        (`MapCache`).
        """
        return list(self._cache.recall(ids).values())

    async def find(self, wanted: PlacementQuery) -> list[Service]:
        """The services that have one of the ids, names or labels."""
        found = await asyncio.gather(
            self._among("_id", wanted.ids),
            self._among("name_folded", wanted.names),
            self._among("match_keys", wanted.label_keys),
        )
        services = [one for some in found for one in some]
        self._remember(services)
        return services

    async def _among(self, field: str, values: Collection[str]) -> list[Service]:
        ordered = sorted(values)
        found: list[Service] = []
        for start in range(0, len(ordered), IN_LIMIT):
            query = {field: one_or_in(ordered[start : start + IN_LIMIT])}
            found += [_service(document) async for document in self._services.find(query)]
        return found

    async def by_ids(self, ids: Collection[str]) -> list[Service]:
        """The services with these ids, deleted ones too, in the order of their ids."""
        found = await find_by_ids(self._services, sorted(ids))
        services = [_service(found[key]) for key in sorted(found)]
        self._remember(services)
        return services

    async def all(self) -> list[Service]:
        """Every service, deleted ones too, in the order of ids.

        Read in pieces, so that nobody else's request waits for thousands, but by one question: SecantusDB's Python
        server reads all that is left for each page of a list.
        """
        services: list[Service] = []
        async with self._services.find({"_id": {"$gt": ""}}, batch_size=PIECE).sort("_id", 1) as cursor:
            while found := await cursor.to_list(PIECE):
                services += [_service(document) for document in found]
        self._remember(services)
        return services

    async def commit(self, before: Service | None, after: Service) -> set[str]:
        """Write the service and tell of it; the ids that lost their race. `before` is None for a new one."""
        return await self.commit_all([(before, after)])

    async def commit_all(self, changes: Iterable[tuple[Service | None, Service]]) -> set[str]:
        """As `commit`, of several services (before, after); each of them stands for itself."""
        wanted = list(changes)
        written = [self._change(before, after) for before, after in wanted]
        ids = [change.id for change in written]
        try:
            lost = await self._aggregates.commit(written)
            self._remember(
                after.changed(version=(before.version if before is not None else 0) + 1)
                for before, after in wanted
                if after.id not in lost
            )
        finally:
            self.marks.owe(ids)  # also of what failed: nobody knows then whether it was written
        await self.marks.pay()
        return lost

    def _remember(self, services: Iterable[Service]) -> None:
        for one in services:  # one that was found twice may have been read in two versions
            self._cache.keep({one.id: one})

    def _change(self, before: Service | None, after: Service) -> Change:
        base = before.version if before is not None else 0
        context = trace.current()
        event = make(
            "service.changed.v1",
            subject=after.id,
            sequence=base + 1,
            time=self._clock.now(),
            data=after.fact(),
            correlation=context.correlation if context else None,
            traceparent=context.traceparent if context else None,
            id=derive_id("service", after.id, base + 1, prefix="svc_"),
        )
        return Change(after.id, base, _fields(after), events=[event])

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every service, deleted ones too, as the event that last told of it."""
        async for document in self._services.find({}):
            service = _service(document)
            yield make(
                "service.changed.v1",
                subject=service.id,
                sequence=service.version,
                time=service.updated_at,
                data=service.fact(),
                id=derive_id("service", service.id, service.version, prefix="svc_"),
            )


def _fields(service: Service) -> Document:
    # every member is named, so that one which became None is removed;
    # the driver writes a StrEnum as its text, so nothing needs to be made plain first
    fields: dict[str, Any] = service.model_dump(exclude={"id", "version"})
    # as pairs: a label's name may hold what a member's name may not
    fields["match"] = [[name, value] for name, value in service.match.labels.items()]
    return {**fields, **search_fields(service)}


def _service(document: Document) -> Service:
    match = {"labels": dict(document.get("match", []))}
    return Service.model_validate({**document, "id": document["_id"], "match": match})
