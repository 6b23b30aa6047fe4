"""The newest fact about each incident, `incidents`, and the past one that it is like, `similar_incidents`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from pymongo import IndexModel

from services.comms.incident_copies.standing import IncidentStanding, StandingFact, standing_of
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.copies.replica import Replica, newest_of
from shared.events import Event
from shared.events.incidents import IncidentFact, SimilarFact
from shared.mongo import IN_LIMIT, find_by_ids
from shared.runtime import Runtime
from shared.vocabulary import IncidentStatus

INCIDENTS = "incidents"
SIMILAR_INCIDENTS = "similar_incidents"
_STANDING_FIELDS = ("data.status", "data.paging", "data.merged_into", "data.snoozed_until")
REMEMBERED = 2_000
_MOST_MERGES = 51
"""How often an incident can go on into another one: fifty at most are merged into one."""


class IncidentCopies:
    """The questions that are asked about incidents."""

    def __init__(self, runtime: Runtime) -> None:
        self._incidents = Replica(runtime.database.collection(INCIDENTS))
        self._similar = Replica(runtime.database.collection(SIMILAR_INCIDENTS))
        runtime.indexes(
            {
                INCIDENTS: [
                    IndexModel([("data.service_id", 1), ("data.status", 1)], name="service"),
                    IndexModel([("data.merged_into", 1)], name="merged_into", sparse=True),
                ]
            }
        )
        self._heard: OrderedDict[str, tuple[int, IncidentStanding]] = OrderedDict()

    async def fold(self, events: Sequence[Event]) -> None:
        """Take in what is told of incidents."""
        await self._incidents.fold(events)
        for key, event in newest_of(events).items():
            if isinstance(event.data, IncidentFact) and self._heard.get(key, (0,))[0] < event.sequence:
                self._heard[key] = event.sequence, standing_of(event.data)
                self._heard.move_to_end(key)
        while len(self._heard) > REMEMBERED:
            self._heard.popitem(last=False)

    async def hear_similar(self, batch: Sequence[Delivery[Event]]) -> None:
        """Take in what analytics tells of past incidents."""
        told = facts_of(batch, SimilarFact)
        if told:
            await self._similar.fold(event for event, _ in told)

    async def similar_to(self, incident_ids: Iterable[str]) -> dict[str, SimilarFact]:
        """The past incidents that these are like, as far as that is known."""
        wanted = sorted(set(incident_ids))
        known = await self._similar.get(wanted) if wanted else {}
        return {key: SimilarFact.model_validate(members) for key, members in known.items()}

    def heard_here(self, incident_ids: Iterable[str]) -> dict[str, IncidentStanding]:
        """How these incidents stand by the newest that this very process took in of late; others may know more."""
        return {key: self._heard[key][1] for key in incident_ids if key in self._heard}

    async def standings(self, incident_ids: Sequence[str]) -> dict[str, IncidentStanding]:
        """How these incidents stand, as far as they are known."""
        found = await find_by_ids(self._incidents.collection, incident_ids, projection=_STANDING_FIELDS)
        return {
            incident_id: standing_of(StandingFact.model_validate(document["data"]))
            for incident_id, document in found.items()
        }

    async def facts(self, incident_ids: Iterable[str]) -> dict[str, IncidentFact]:
        """The newest facts about these incidents, as far as they are known."""
        found = await self._incidents.get(list(incident_ids))
        return {key: IncidentFact.model_validate(members) for key, members in found.items()}

    async def facts_with_survivors(self, incident_ids: Iterable[str]) -> dict[str, IncidentFact]:
        """The newest facts about these incidents and those that they were merged into, as far as they are known."""
        found = await self.facts(incident_ids)
        for _ in range(_MOST_MERGES):
            into = {fact.merged_into for fact in found.values() if fact.merged_into is not None} - found.keys()
            if not into:
                break
            found |= await self.facts(into)
        return found

    async def ids_merged_into(self, incident_ids: Iterable[str]) -> set[str]:
        """The ids of the incidents that went into these, also through others."""
        found: set[str] = set()
        newest = set(incident_ids)
        for _ in range(_MOST_MERGES):
            query = {"data.merged_into": {"$in": sorted(newest)[:IN_LIMIT]}}
            cursor = self._incidents.collection.find(query, projection=["_id"])
            newest = {document["_id"] async for document in cursor} - found
            if not newest:
                break
            found |= newest
        return found

    async def open_of(self, service_ids: Sequence[str]) -> list[IncidentFact]:
        """The newest facts about the open incidents of these services."""
        still = [status.value for status in IncidentStatus if status.is_open]
        found: list[IncidentFact] = []
        for start in range(0, len(service_ids), IN_LIMIT):
            chunk = list(service_ids[start : start + IN_LIMIT])
            query = {"data.service_id": {"$in": chunk}, "data.status": {"$in": still}}
            documents = self._incidents.collection.find(query)
            found += [IncidentFact.model_validate(document["data"]) async for document in documents]
        return found
