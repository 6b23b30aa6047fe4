"""What is told of incidents, as far as alerts need it: whose a group's are, where incidents went, how they ended,
and which of them other alerts may be effects of.

An incident's fact is kept by its own id, the newest sequence wins. So nobody but the grouping writes a group, and
whether its incident is over is read beside it. Incidents without a group are kept too: others may go into them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import IndexModel

from services.ingest.grouping.group import Reopened, document_of
from services.ingest.grouping.inhibition import Cause
from services.ingest.incident_copies.ending import IncidentState, incident_state, survivor_of
from shared.copies.replica import newest_of
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.mongo import IN_LIMIT, Document, find_by_ids, upsert_newer
from shared.runtime import Runtime
from shared.vocabulary import UNROUTED, Severity

COLLECTION = "incidents"
MOST_CAUSES = 200
REOPENED_AGAIN = timedelta(seconds=1)
"""Between two looks whether any incident is open that was reopened."""


@dataclass(frozen=True, slots=True)
class GroupIncident:
    """The incident that a group's alerts are in."""

    id: str
    """Of a merged one: of the incident that it went into in the end."""
    is_over: bool
    """Resolved or closed; of a merged one: where it went is."""
    reopened_at: datetime | None = None
    """When it was reopened the last time; None: never, or it is over."""
    earlier: tuple[tuple[str, str], ...] = ()
    """(the stamp up to which alerts are its own, id) of the incidents of this group before it."""

    def of(self, opened: str) -> str:
        """The incident that an alert of the group is in which opened under this stamp."""
        return next((earlier for last, earlier in self.earlier if opened <= last), self.id)


@dataclass(frozen=True, slots=True)
class NamedIncident:
    """An incident that somebody named."""

    id: str
    """Of a merged one: of the incident that it went into in the end."""
    ended_at: datetime | None
    """Of a merged one: when that was over."""


class Incidents:
    """Keeps what is told of incidents, and finds them by group, service and merges."""

    def __init__(self, runtime: Runtime) -> None:
        self.collection = runtime.database.collection(COLLECTION)
        # an alert is kept so long after it was resolved, and its incident may have ended before it
        self._retention = timedelta(days=runtime.settings.alert_days) * 2
        self._clock = runtime.clock
        self._has_reopened = True
        self._reopened_asked_at: datetime | None = None
        self._reopened_told = 0
        runtime.indexes(
            {
                COLLECTION: [
                    IndexModel([("group_id", 1)], name="group_id"),
                    IndexModel([("merged_into", 1)], name="merged_into", sparse=True),
                    IndexModel([("in_trouble", 1)], name="in_trouble", sparse=True),
                    IndexModel([("open_again", 1)], name="open_again", sparse=True),
                    IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0, sparse=True),
                ]
            }
        )

    async def learn(self, events: Iterable[Event]) -> None:
        """Take in what is told of incidents; older facts than are known change nothing.

        What was imported has no alerts and never gets any, and comes by the hundred thousand: it is not kept.
        """
        facts = [(event, event.data) for event in newest_of(events).values() if isinstance(event.data, IncidentFact)]
        writes = [self._upsert(event, fact) for event, fact in facts if not fact.imported or fact.group_id is not None]
        await upsert_newer(self.collection, writes)
        if any("open_again" in update["$set"] for _, update in writes):
            self._has_reopened = True
            self._reopened_told += 1

    async def of_groups(self, group_ids: Iterable[str]) -> dict[str, GroupIncident]:
        """The incident of each of these groups that has one; of several the latest open one, else the latest."""
        wanted = list(dict.fromkeys(group_ids))
        found: dict[str, list[IncidentState]] = defaultdict(list)
        for start in range(0, len(wanted), 100):
            async for document in self.collection.find({"group_id": {"$in": wanted[start : start + 100]}}):
                found[document["group_id"]].append(_read(document))
        known = {one.id: one for group in found.values() for one in group}
        await self._add_survivors(known)
        return {group: _of_group(ones, known) for group, ones in found.items()}

    async def find_reopened(self, documents: Sequence[str], known: Mapping[str, GroupIncident]) -> Reopened:
        """What was reopened and is open of these keys (their groups' documents) and of the groups that are `known`."""
        since = {group: one.reopened_at for group, one in known.items() if one.reopened_at is not None}
        latest: dict[str, str] = {}
        wanted = sorted(set(documents)) if await self._may_have_reopened() else []
        for start in range(0, len(wanted), IN_LIMIT):
            query = {"open_again": {"$in": wanted[start : start + IN_LIMIT]}}
            async for one in self.collection.find(query).hint("open_again").sort("reopened_at", 1):
                latest[one["open_again"]] = one["group_id"]
                since[one["group_id"]] = one["reopened_at"]
        return Reopened(since, latest)

    async def _may_have_reopened(self) -> bool:
        """False where no incident is open that was reopened; asked now and then: another replica may hear of one."""
        now, told = self._clock.now(), self._reopened_told
        if self._reopened_asked_at is None or now - self._reopened_asked_at > REOPENED_AGAIN:
            found = await self.collection.find_one({"open_again": {"$gt": ""}}, projection=["_id"], hint="open_again")
            # one that was told meanwhile may have been written after it was asked for
            self._has_reopened, self._reopened_asked_at = found is not None or told != self._reopened_told, now
        return self._has_reopened

    async def reopenings(self, ids: Iterable[str]) -> dict[str, datetime | None]:
        """When those of these incidents that are known here were reopened the last time."""
        found = await find_by_ids(self.collection, sorted(set(ids)), projection=["reopened_at"])
        return {key: document.get("reopened_at") for key, document in found.items()}

    async def open_of_group(self, group_id: str) -> list[IncidentState]:
        """The open incidents of this group."""
        cursor = self.collection.find({"group_id": group_id, "open": True}).hint("group_id")
        return [_read(document) async for document in cursor]

    async def find_named(self, ids: Iterable[str]) -> dict[str, NamedIncident]:
        """Those of these incidents that are known here."""
        found = await find_by_ids(self.collection, sorted(set(ids)))
        known = {key: _read(document) for key, document in found.items()}
        await self._add_survivors(known)
        ends = {key: survivor_of(key, known) for key in found}
        return {key: NamedIncident(end, known[end].ended_at if end in known else None) for key, end in ends.items()}

    async def causes(self, services: Iterable[str]) -> list[Cause]:
        """The open incidents of these services; of very many the newest."""
        wanted = sorted(services)
        found: list[Cause] = []
        for start in range(0, len(wanted), IN_LIMIT):
            query = {"in_trouble": {"$in": wanted[start : start + IN_LIMIT]}}
            cursor = self.collection.find(query).hint("in_trouble").sort("created_at", -1).limit(MOST_CAUSES)
            found += [
                Cause(
                    incident_id=one["_id"],
                    service_id=one["in_trouble"],
                    severity=Severity(one["severity"]),
                    drill_id=one.get("drill_id"),
                    created_at=one["created_at"],
                )
                async for one in cursor
            ]
        return found

    async def service_of(self, incident_id: str) -> str | None:
        """The service of an incident, folded; None when nothing is known of the incident."""
        found = await self.collection.find_one({"_id": incident_id}, projection=["service"])
        return None if found is None else str(found.get("service", ""))

    async def family(self, told: IncidentState) -> dict[str, IncidentState]:
        """The incident, what it went into, and what went into it, however often, by id."""
        found = {told.id: told}
        await self._add_survivors(found)
        at_hand = [told.id]
        while at_hand:
            cursor = self.collection.find({"merged_into": {"$in": at_hand}})
            went = [_read(document) async for document in cursor]
            at_hand = [one.id for one in went if one.id not in found]
            found |= {one.id: one for one in went if one.id not in found}
        return found

    async def _add_survivors(self, known: dict[str, IncidentState]) -> None:
        wanted = {one.merged_into for one in known.values() if one.merged_into is not None} - known.keys()
        while wanted:
            found = await find_by_ids(self.collection, sorted(wanted))
            known |= {key: _read(document) for key, document in found.items()}
            wanted = {document.get("merged_into") or key for key, document in found.items()} - known.keys()

    def _upsert(self, event: Event, fact: IncidentFact) -> tuple[Document, Document]:
        told = incident_state(fact, event.time)
        fields: Document = {
            "seq": event.sequence,
            "group_id": told.group_id,
            "service": told.service,
            "open": told.open,
            "created_at": told.created_at,
        }
        passing: Document = {
            "merged_into": told.merged_into,
            "merged_at": told.merged_at,
            "ended_at": told.ended_at,
            "resolved_at": told.resolved_at,
            "reopened_at": told.reopened_at,
            "open_again": document_of(told.group_id) if told.is_open_again and told.group_id else None,
            "last_joined": told.last_joined,
            "in_trouble": fact.service_id if _may_have_effects(fact) else None,
            "severity": fact.severity.value,
            "drill_id": fact.drill_id,
            "expire_at": None if told.open else event.time + self._retention,
        }
        fields |= {name: value for name, value in passing.items() if value is not None}
        # what ended it before it was merged is not told any more, and still ended what had gone into it by then
        kept = {"resolved_at"} if told.merged_into is not None else set()
        gone = {name: "" for name, value in passing.items() if value is None and name not in kept}
        update: Document = {"$set": fields}
        if gone:
            update["$unset"] = gone
        return {"_id": event.subject, "seq": {"$lt": event.sequence}}, update


def _of_group(ones: Sequence[IncidentState], known: Mapping[str, IncidentState]) -> GroupIncident:
    *before, latest = sorted(ones, key=lambda one: (one.created_at, one.id))
    taker = next((one for one in reversed([*before, latest]) if one.open), latest)
    end = survivor_of(taker.id, known)
    last = known.get(end)
    return GroupIncident(
        end,
        last is not None and not last.open,
        last.reopened_at if last is not None and last.open else None,
        tuple((one.last_joined, survivor_of(one.id, known)) for one in before if one.last_joined is not None),
    )


def _may_have_effects(fact: IncidentFact) -> bool:
    """Something has failed, on a service, and is not over."""
    has_failed = fact.prediction_id is None and fact.budget_of is None and not fact.imported
    return has_failed and fact.status.is_open and fact.service_id not in (None, UNROUTED)


def _read(document: Document) -> IncidentState:
    return IncidentState(
        id=document["_id"],
        group_id=document["group_id"],
        service=document.get("service", ""),
        open=document["open"],
        created_at=document["created_at"],
        merged_into=document.get("merged_into"),
        merged_at=document.get("merged_at"),
        ended_at=document.get("ended_at"),
        resolved_at=document.get("resolved_at"),
        reopened_at=document.get("reopened_at"),
        last_joined=document.get("last_joined"),
    )
