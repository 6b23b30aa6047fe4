"""Groups, one aggregate for each service (and drill), and what is known of the incidents that they became.

An incident's fact is kept by its own id, the newest sequence wins. So nobody but the grouping writes a group, and
whether its incident is over is read beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import IndexModel

from services.ingest.grouping import Group, document_of
from shared.aggregates import Change
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.mongo import Document, find_by_ids, upsert_newer
from shared.runtime import Runtime

COLLECTION = "groups"
INCIDENTS = "incidents"


@dataclass(frozen=True, slots=True)
class GroupIncident:
    """The incident that a group's alerts are in."""

    id: str
    """Of a merged one: of the incident that it went into."""
    is_over: bool
    """Resolved or closed. A merged one is not: the incident service sends its later alerts to the survivor."""


class Groups:
    """The questions that are asked of groups and their incidents."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION, silent=True)
        self._retention = timedelta(days=runtime.settings.alert_days)
        self._incidents = runtime.database.collection(INCIDENTS)
        expiry = IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0, sparse=True)
        runtime.indexes({COLLECTION: [expiry], INCIDENTS: [IndexModel([("group_id", 1)], name="group_id"), expiry]})

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
        """Take in what is told of incidents that have a group; older facts than are known change nothing."""
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

    def _upsert(self, event: Event, fact: IncidentFact) -> tuple[Document, Document]:
        fields: Document = {
            "seq": event.sequence,
            "group_id": fact.group_id or "",
            "open": fact.status.is_open,
            "merged_into": fact.merged_into,
            "created_at": fact.created_at,
        }
        update: Document = {"$set": fields}
        if fact.status.is_open:
            update["$unset"] = {"expire_at": ""}
        else:
            fields["expire_at"] = _forget_at(event.time, self._retention)
        return {"_id": event.subject, "seq": {"$lt": event.sequence}}, update


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
