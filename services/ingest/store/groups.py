"""Groups, one aggregate for each service (and drill), and what is known of the incidents that they became, and of those
that other alerts may be effects of.

An incident's fact is kept by its own id, the newest sequence wins. So nobody but the grouping writes a group, and
whether its incident is over is read beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import IndexModel

from services.ingest.grouping import Group, document_of
from services.ingest.inhibition import Cause
from shared.aggregates import Change
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.mongo import IN_LIMIT, Document, find_by_ids, upsert_newer
from shared.runtime import Runtime
from shared.vocabulary import UNROUTED, Severity

COLLECTION = "groups"
INCIDENTS = "incidents"
MOST_CAUSES = 200

_BY_TROUBLE = IndexModel([("in_trouble", 1)], name="in_trouble", sparse=True)


@dataclass(frozen=True, slots=True)
class GroupIncident:
    """The incident that a group's alerts are in."""

    id: str
    """Of a merged one: of the incident that it went into."""
    is_over: bool
    """Resolved or closed. A merged one is not: the incident service sends its later alerts to the survivor."""


@dataclass(frozen=True, slots=True)
class NamedIncident:
    """An incident that somebody named."""

    id: str
    """Of a merged one: of the incident that it went into."""
    ended_at: datetime | None


class Groups:
    """The questions that are asked of groups and their incidents."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION, silent=True)
        self._retention = timedelta(days=runtime.settings.alert_days)
        self._incidents = runtime.database.collection(INCIDENTS)
        expiry = IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0, sparse=True)
        runtime.indexes(
            {COLLECTION: [expiry], INCIDENTS: [IndexModel([("group_id", 1)], name="group_id"), _BY_TROUBLE, expiry]}
        )

    async def known(self, ids: Sequence[str]) -> dict[str, Group]:
        """The groups in these documents."""
        found = await find_by_ids(self._aggregates.collection, ids)
        return {key: _read(document) for key, document in found.items()}

    async def service_of(self, group_id: str) -> str | None:
        """The service (folded) whose alerts this group holds; None when the group is not known any more."""
        document = document_of(group_id)
        found = await self.known([document])
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

    async def learn(self, events: Iterable[Event]) -> None:
        """Take in what is told of incidents; older facts than are known change nothing."""
        newest: dict[str, Event] = {}
        for event in events:
            if event.subject not in newest or event.sequence > newest[event.subject].sequence:
                newest[event.subject] = event
        await upsert_newer(
            self._incidents,
            [self._upsert(event, event.data) for event in newest.values() if isinstance(event.data, IncidentFact)],
        )

    async def incidents_of(self, group_ids: Iterable[str]) -> dict[str, GroupIncident]:
        """The incident of each of these groups that has one; of several the latest."""
        wanted = list(dict.fromkeys(group_ids))
        latest: dict[str, Document] = {}
        for start in range(0, len(wanted), 100):
            async for one in self._incidents.find({"group_id": {"$in": wanted[start : start + 100]}}):
                known = latest.get(one["group_id"])
                if known is None or (known["created_at"], known["_id"]) < (one["created_at"], one["_id"]):
                    latest[one["group_id"]] = one
        return {
            group: GroupIncident(one.get("merged_into") or one["_id"], not one["open"] and not one.get("merged_into"))
            for group, one in latest.items()
        }

    async def incidents_named(self, ids: Iterable[str]) -> dict[str, NamedIncident]:
        """Those of these incidents that are known here."""
        found = await find_by_ids(self._incidents, sorted(set(ids)))
        return {key: NamedIncident(one.get("merged_into") or key, one.get("ended_at")) for key, one in found.items()}

    async def causes(self, services: Iterable[str]) -> list[Cause]:
        """The open incidents of these services; of very many the newest."""
        wanted = sorted(services)
        found: list[Cause] = []
        for start in range(0, len(wanted), IN_LIMIT):
            query = {"in_trouble": {"$in": wanted[start : start + IN_LIMIT]}}
            cursor = self._incidents.find(query).hint("in_trouble").sort("created_at", -1).limit(MOST_CAUSES)
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

    def _upsert(self, event: Event, fact: IncidentFact) -> tuple[Document, Document]:
        fields: Document = {
            "seq": event.sequence,
            "group_id": fact.group_id or "",
            "open": fact.status.is_open,
            "merged_into": fact.merged_into,
            "created_at": fact.created_at,
        }
        gone = dict.fromkeys(("expire_at", "ended_at", "in_trouble"), "")
        if _may_have_effects(fact):
            fields |= {"in_trouble": fact.service_id, "severity": fact.severity.value, "drill_id": fact.drill_id}
        if not fact.status.is_open:
            fields["expire_at"] = _forget_at(event.time, self._retention)
            fields["ended_at"] = fact.resolved_at or event.time
        update: Document = {"$set": fields, "$unset": {key: "" for key in gone if key not in fields}}
        return {"_id": event.subject, "seq": {"$lt": event.sequence}}, update


def _may_have_effects(fact: IncidentFact) -> bool:
    """Something has failed, on a service, and is not over."""
    has_failed = fact.prediction_id is None and not fact.imported
    return has_failed and fact.status.is_open and fact.service_id not in (None, UNROUTED)


def _read(document: Document) -> Group:
    return Group(
        id=document["_id"],
        service=document["service"],
        group_id=document["group_id"],
        opened_at=document["opened_at"],
        last_at=document["last_at"],
        version=document["version"],
    )


def _forget_at(time: datetime, retention: timedelta) -> datetime:
    # an alert is kept so long after it was resolved, and its incident may have ended before it
    return time + retention * 2
