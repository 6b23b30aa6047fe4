"""What comms keeps: deliveries, who holds them, and how its incidents stand.

`deliveries`, `_id` = page id: `page` (the whole request, which the result events and the API are made from) is written
once, the rest by guarded writes. A delivery that a process holds has an `owner`, one that waits has a `due_at`, a
finished one has neither, and `untold_at` until its hand-over was told: these indexes are sparse and stay small. Names
and addresses are in `page` and nowhere else. `undelivered`: a row for each that failed or was cancelled, by which
those are listed. `senders`: one lease per process, see `holding`. `incidents` and `erased`: copies of others' facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import IndexModel

from services.comms.delivery import Delivery
from services.comms.delivery_state import DeliveryState, Move
from services.comms.incident_copies.standing import IncidentStanding, standing_of
from services.comms.results import told
from shared.aggregates import OUTBOX_INDEX, Aggregates, Change, Record
from shared.clock import Now
from shared.events import Event
from shared.ids import fresh
from shared.mongo import IN_LIMIT, Collection, Database, Document, find_by_ids, one_or_in, to_document
from shared.relay import Relay
from shared.replica import Replica
from shared.timers import DUE_INDEX
from shared.vocabulary import IncidentStatus

DELIVERIES = "deliveries"
SENDERS = "senders"
INCIDENTS = "incidents"
ERASED = "erased"
UNDELIVERED = "undelivered"

_NOT_DELIVERED = (DeliveryState.FAILED, DeliveryState.CANCELLED)
_STANDING_FIELDS = ("data.status", "data.paging", "data.merged_into", "data.snoozed_until")
_MOST_MERGES = 51
"""How often an incident can go on into another one: fifty at most are merged into one."""
_STATE_FIELDS = set(Delivery.model_fields) - {"page", "origin", "version"}


def indexes(delivery_days: int) -> Mapping[str, Sequence[IndexModel]]:
    """Every index of this service; deliveries are forgotten `delivery_days` after they were asked for."""
    return {
        DELIVERIES: [
            OUTBOX_INDEX,
            DUE_INDEX,
            IndexModel([("owner", 1)], name="owner", sparse=True),
            IndexModel([("untold_at", 1)], name="untold_at", sparse=True),
            IndexModel([("page.incident.id", 1)], name="incident"),
            IndexModel([("page.user.id", 1)], name="user"),
            IndexModel([("page.requested_at", 1)], name="age", expireAfterSeconds=delivery_days * 86_400),
        ],
        INCIDENTS: [
            IndexModel([("data.service_id", 1), ("data.status", 1)], name="service"),
            IndexModel([("data.merged_into", 1)], name="merged_into", sparse=True),
        ],
        UNDELIVERED: [IndexModel([("requested_at", 1)], name="age", expireAfterSeconds=delivery_days * 86_400)],
    }


@dataclass(frozen=True, slots=True)
class Lease:
    """A process's lease over all that it holds."""

    owner: str
    instance: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """A delivery, the move that is to be written, and what it looks like afterwards."""

    before: Delivery
    move: Move
    after: Delivery
    at: datetime


class Store:
    """The questions that comms asks its database."""

    def __init__(self, database: Database, relay: Relay, clock: Now) -> None:
        self.deliveries: Collection = database.collection(DELIVERIES)
        self.incidents = Replica(database.collection(INCIDENTS))
        self.erased = Replica(database.collection(ERASED))
        self._senders = database.collection(SENDERS)
        self._clock = clock
        self._aggregates = Aggregates(self.deliveries, relay, clock)

    async def take_in(self, deliveries: Sequence[Delivery]) -> set[str]:
        """Store new deliveries; returns the ids of those that were known already."""
        return await self._aggregates.commit(Change(delivery.id, 0, to_document(delivery)) for delivery in deliveries)

    async def settle(self, settled: Sequence[Settled]) -> set[str]:
        """Write moves and what is told of them; returns the ids that somebody else changed meanwhile."""
        return await self._aggregates.commit(
            Change(
                one.before.id,
                one.before.version,
                _state_fields(one.after),
                events=told(one.after, one.move, one.at),
                records=_rows(one.after),
            )
            for one in settled
        )

    async def settle_handed_over(self, settled: Sequence[Settled]) -> set[str]:
        """Write hand-overs, marked as untold; returns the ids that somebody else changed meanwhile.

        Those that change their deliveries alike are one write: the embedded database does that six times as fast as
        a write each. Their events can wait in the mark alone, because they say nothing but what the delivery does.
        """
        alike: defaultdict[str, list[Settled]] = defaultdict(list)
        for one in settled:
            alike[repr((one.before.version, sorted(_state_fields(one.after).items())))].append(one)
        lost: set[str] = set()
        for group in alike.values():
            lost |= await self._settle_alike(group)
        return lost

    async def _settle_alike(self, group: Sequence[Settled]) -> set[str]:
        ids = [one.before.id for one in group]
        fields = _state_fields(group[0].after)
        write_id = fresh()
        result = await self.deliveries.update_many(
            {"_id": one_or_in(ids), "version": group[0].before.version},
            {
                "$set": {name: value for name, value in fields.items() if value is not None}
                | {"version": group[0].after.version, "write_id": write_id, "untold_at": group[0].at},
                "$unset": {name: "" for name, value in fields.items() if value is None},
            },
        )
        if result.matched_count == len(ids):
            return set()
        present = await find_by_ids(self.deliveries, ids, projection=["write_id"])
        return {page_id for page_id in ids if present.get(page_id, {}).get("write_id") != write_id}

    async def by_ids(self, page_ids: Sequence[str]) -> dict[str, Delivery]:
        """The deliveries with these ids that exist."""
        found = await find_by_ids(self.deliveries, page_ids)
        return {page_id: read_delivery(document) for page_id, document in found.items()}

    async def untold(self, before: datetime, limit: int) -> list[Delivery]:
        """Hand-overs that were recorded before this and are still marked as untold, the oldest first."""
        query = {"untold_at": {"$lte": before}}
        found = await self.deliveries.find(query).sort("untold_at", 1).limit(limit).to_list()
        return [read_delivery(document) for document in found]

    async def mark_told(self, page_ids: Sequence[str]) -> None:
        """The hand-overs of these were told."""
        for start in range(0, len(page_ids), IN_LIMIT):
            query = {"_id": one_or_in(page_ids[start : start + IN_LIMIT])}
            await self.deliveries.update_many(query, {"$unset": {"untold_at": ""}})

    async def due(self, now: datetime, limit: int) -> list[Delivery]:
        """Waiting deliveries whose time has come, the longest due first."""
        found = await self.deliveries.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        return [read_delivery(document) for document in found]

    async def held_by(self, owner: str) -> list[str]:
        """The ids of the deliveries that a process holds."""
        return [document["_id"] async for document in self.deliveries.find({"owner": owner}, projection=["_id"])]

    async def of_incidents(self, incident_ids: Sequence[str]) -> list[Delivery]:
        """All deliveries of these incidents."""
        return [delivery async for delivery in self._of("page.incident.id", incident_ids)]

    async def unsent_of_people(self, user_ids: Sequence[str]) -> list[Delivery]:
        """All deliveries to these people that may still be sent."""
        return [one async for one in self._of("page.user.id", user_ids) if not one.state.is_final]

    async def _of(self, field: str, values: Sequence[str]) -> AsyncIterator[Delivery]:
        for start in range(0, len(values), IN_LIMIT):
            async for document in self.deliveries.find({field: {"$in": list(values[start : start + IN_LIMIT])}}):
                yield read_delivery(document)

    async def forget(self, user_ids: Sequence[str]) -> None:
        """Remove these people's names and addresses from every delivery, and providers' words, which repeat them."""
        gone = {"$set": {"page.user.name": "", "page.method.address": "", "detail": "", "history": []}}
        for user_id in user_ids:
            await self.deliveries.update_many({"page.user.id": user_id}, gone)
            await self.erased.collection.update_one({"_id": user_id}, {"$set": {"forgotten": True}})

    async def erased_beyond(self, user_id: str, limit: int) -> list[tuple[str, bool]]:
        """Up to `limit` erased people with ids beyond this one, in their order, each with whether it was forgotten."""
        query: Document = {"_id": {"$gt": user_id}}
        found = self.erased.collection.find(query, projection=["forgotten"]).sort("_id", 1).limit(limit)
        return [(document["_id"], document.get("forgotten", False)) async for document in found]

    async def erased_people(self, user_ids: Sequence[str]) -> set[str]:
        """Those of these people who were erased."""
        return set(await find_by_ids(self.erased.collection, user_ids, projection=["_id"]))

    async def fold_incidents(self, events: Sequence[Event]) -> None:
        """Take in what is told of incidents."""
        await self.incidents.fold(events)

    async def standings(self, incident_ids: Sequence[str]) -> dict[str, IncidentStanding]:
        """How these incidents stand, as far as they are known."""
        found = await find_by_ids(self.incidents.collection, incident_ids, projection=_STANDING_FIELDS)
        return {incident_id: standing_of(document["data"]) for incident_id, document in found.items()}

    async def incident_facts(self, incident_ids: Iterable[str]) -> dict[str, Document]:
        """The newest facts about these incidents, as far as they are known."""
        return await self.incidents.get(list(incident_ids))

    async def facts_with_survivors(self, incident_ids: Iterable[str]) -> dict[str, Document]:
        """The newest facts about these incidents and those that they were merged into, as far as they are known."""
        found = await self.incident_facts(incident_ids)
        for _ in range(_MOST_MERGES):
            into = {fact["merged_into"] for fact in found.values() if fact.get("merged_into")} - found.keys()
            if not into:
                break
            found |= await self.incident_facts(into)
        return found

    async def merged_into(self, incident_ids: Iterable[str]) -> set[str]:
        """The ids of the incidents that went into these, also through others."""
        found: set[str] = set()
        newest = set(incident_ids)
        for _ in range(_MOST_MERGES):
            query = {"data.merged_into": {"$in": sorted(newest)[:IN_LIMIT]}}
            cursor = self.incidents.collection.find(query, projection=["_id"])
            newest = {document["_id"] async for document in cursor} - found
            if not newest:
                break
            found |= newest
        return found

    async def open_incidents_of(self, service_ids: Sequence[str]) -> list[Document]:
        """The newest facts about the open incidents of these services."""
        still = [status.value for status in IncidentStatus if status.is_open]
        found: list[Document] = []
        for start in range(0, len(service_ids), IN_LIMIT):
            chunk = list(service_ids[start : start + IN_LIMIT])
            query = {"data.service_id": {"$in": chunk}, "data.status": {"$in": still}}
            found += [document["data"] async for document in self.incidents.collection.find(query)]
        return found

    # who holds deliveries: see `holding`

    async def hold(self, owner: str, instance: str, until: datetime) -> None:
        """Prolong this process's lease over all that it holds."""
        lease = {"$set": {"instance": instance, "until": until}}
        await self._senders.update_one({"_id": owner}, lease, upsert=True)

    async def leases(self) -> list[Lease]:
        """Every lease there is: one a process that runs, or that ran and was not released yet."""
        found = await self._senders.find({}).to_list()
        return [Lease(document["_id"], document["instance"], document["until"]) for document in found]

    async def release(self, owner: str, now: datetime) -> int:
        """Make everything that a process held due at once for whoever is there; tells how much that was.

        The version grows with it, so that nothing the process may still want to write counts.
        """
        freed = await self.deliveries.update_many(
            {"owner": owner},
            {
                "$set": {"state": DeliveryState.QUEUED.value, "due_at": now},
                "$unset": {"owner": ""},
                "$inc": {"version": 1},
            },
        )
        await self._senders.delete_one({"_id": owner})
        return freed.modified_count


def read_delivery(document: Document) -> Delivery:
    """A delivery from its document."""
    return Delivery.model_validate(document)


def _rows(after: Delivery) -> list[Record]:
    """The row by which a delivery that came to nothing is found."""
    if after.state not in _NOT_DELIVERED:
        return []
    row = {"state": after.state.value, "requested_at": after.page.requested_at}
    return [Record(UNDELIVERED, after.id, row, sequence=after.version)]


def _state_fields(delivery: Delivery) -> Document:
    """Every field but the page; absent ones as None, which removes them."""
    document = to_document(delivery)
    return {name: document.get(name) for name in _STATE_FIELDS}
