"""The alerts of incidents as they are stored, one document an alert; the newest sequence wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pymongo import DESCENDING, IndexModel

from services.incident.incidents.alert_member import Member, number_in
from services.incident.incidents.incident import Incident
from shared.mongo import IN_LIMIT, Document, find_by_ids
from shared.runtime import Runtime

COLLECTION = "incident_alerts"


class Members:
    """The questions that are asked of the members."""

    def __init__(self, runtime: Runtime) -> None:
        self._members = runtime.database.collection(COLLECTION)
        runtime.indexes(
            {
                COLLECTION: [
                    IndexModel([("incident_id", 1), ("number", DESCENDING)], name="of_incident"),
                    IndexModel([("fingerprint", 1)], name="fingerprint"),
                ]
            }
        )

    async def by_alert(self, alert_ids: Iterable[str], waiting: Iterable[Member]) -> dict[str, Member]:
        """The newest known state of these alerts; `waiting` are those that incidents, read before, have in hand."""
        wanted = set(alert_ids)
        found = await find_by_ids(self._members, sorted(wanted))
        newest = {key: read_member(document) for key, document in found.items()}
        return newest_of([*newest.values(), *(member for member in waiting if member.alert_id in wanted)])

    async def find_met(self, fingerprints: Mapping[str, datetime | None]) -> frozenset[str]:
        """The fingerprints that an incident has met before; a time beside one counts only what joined since then."""
        wanted = sorted(fingerprints)
        met: set[str] = set()
        for start in range(0, len(wanted), IN_LIMIT):
            query = {"fingerprint": {"$in": wanted[start : start + IN_LIMIT]}}
            found = self._members.find(query, projection=["fingerprint", "joined_at"]).hint("fingerprint")
            async for document in found:
                since = fingerprints[document["fingerprint"]]
                if since is None or document["joined_at"] >= since:
                    met.add(document["fingerprint"])
        return frozenset(met)

    async def of_merged(self, incident: Incident, below: int, limit: int) -> list[Member]:
        """As `of_incident`, with those of the incidents that went into it, numbered as they are counted here."""
        found = await self.of_incident(incident.id, below, limit)
        for one in incident.absorbed:
            if one.offset < below and one.offset + one.count >= below - limit:
                theirs = await self.of_incident(one.id, below - one.offset, limit)
                found += [member.changed(number=number_in(incident, member)) for member in theirs]
        return found

    async def of_incident(self, incident_id: str, below: int, limit: int) -> list[Member]:
        """Those with the `limit` numbers under `below`, the last to join first."""
        query = {"incident_id": incident_id, "number": {"$gte": below - limit, "$lt": below}}
        found = await self._members.find(query).sort("number", -1).to_list()
        return [read_member(document) for document in found]


def newest_of(members: Iterable[Member]) -> dict[str, Member]:
    """The newest state of each alert, by its id."""
    newest: dict[str, Member] = {}
    for member in members:
        if member.alert_id not in newest or member.seq > newest[member.alert_id].seq:
            newest[member.alert_id] = member
    return newest


def member_document(member: Member) -> Document:
    """A member as it is stored under its alert's id."""
    return member.model_dump(exclude={"alert_id"})


def read_member(document: Document) -> Member:
    """A stored document as a member."""
    return Member.model_validate({**document, "alert_id": document["_id"]})
