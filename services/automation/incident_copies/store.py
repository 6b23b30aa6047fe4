"""The copies: `services`, `incidents` (open ones; of others the id) and `alerts`, of each group the first hundred."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from pymongo import IndexModel

from services.automation.incident_copies.copying import KnownAlert, Over, as_copied, is_old, known_alert, may_join
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.copies.replica import Replica
from shared.events import Event
from shared.events.alerts import AlertFact
from shared.events.incidents import IncidentFact, ServiceFact
from shared.mongo import IN_LIMIT, Document, one_or_in
from shared.runtime import Runtime
from shared.vocabulary import AlertStatus

SERVICES, INCIDENTS, ALERTS = "services", "incidents", "alerts"
MOST_ALERTS = 100
"""Of one group so many alerts are kept by a process: in a storm the first of them say what it is about."""
MOST_GROUPS = 10_000
"""Of so many groups a process knows how many it kept."""
ALERT_SECONDS = 30 * 86_400
"""So long after it last changed an alert is kept."""


class IncidentCopies:
    """The questions that are asked of the copies; any order and repetition of the events ends in the same ones."""

    def __init__(self, runtime: Runtime) -> None:
        database = runtime.database
        self.services = Replica(database.collection(SERVICES))
        self.incidents = Replica(database.collection(INCIDENTS))
        self.alerts = Replica(database.collection(ALERTS), runtime.clock)
        self._kept: OrderedDict[str, set[str]] = OrderedDict()
        runtime.indexes(
            {
                INCIDENTS: [IndexModel([("data.group_id", 1)], name="group", sparse=True)],
                ALERTS: [
                    IndexModel([("data.group_id", 1)], name="group"),
                    IndexModel([("data.effect_of", 1)], name="effect_of", sparse=True),
                    IndexModel([("at", 1)], name="at_ttl", expireAfterSeconds=ALERT_SECONDS),
                ],
            }
        )

    async def handle(self, deliveries: Sequence[Delivery[Event]]) -> None:
        """Take a batch of facts in."""
        await self.services.fold(event for event, _ in facts_of(deliveries, ServiceFact))
        told = [(event, fact) for event, fact in facts_of(deliveries, AlertFact) if fact.opens_incident]
        await self.alerts.fold(event.changed(data=known_alert(fact)) for event, fact in told if self._keeps(fact))
        about = facts_of(deliveries, IncidentFact)
        await self.incidents.fold(as_copied(event, fact) for event, fact in about if not is_old(event, fact))

    def _keeps(self, fact: AlertFact) -> bool:
        """False for the alerts of a group that has enough of them here."""
        kept = self._kept.setdefault(fact.group_id, set())
        self._kept.move_to_end(fact.group_id)
        while len(self._kept) > MOST_GROUPS:
            self._kept.popitem(last=False)
        if fact.id not in kept and len(kept) >= MOST_ALERTS:
            return False
        kept.add(fact.id)
        return True

    async def find(self, incident_id: str) -> IncidentFact | Over | None:
        """The newest fact about an incident; None where nothing is known of it."""
        found = await self.incidents.collection.find_one({"_id": incident_id})
        return _read(found) if found is not None else None

    async def open_incidents(self, ids: Iterable[str]) -> dict[str, IncidentFact]:
        """Those of these that are open, by id."""
        found = await self.incidents.get(list(ids))
        return {key: IncidentFact.model_validate(members) for key, members in found.items()}

    async def open_of_groups(self, group_ids: Sequence[str]) -> list[IncidentFact]:
        """The open incidents that are made of these groups of alerts."""
        found: list[IncidentFact] = []
        for start in range(0, len(group_ids), IN_LIMIT):
            some = one_or_in(list(group_ids[start : start + IN_LIMIT]))
            read = [_read(one) async for one in self.incidents.collection.find({"data.group_id": some})]
            found += [one for one in read if isinstance(one, IncidentFact)]
        return found

    async def alerts_of(self, incident: IncidentFact) -> list[KnownAlert]:
        """The alerts of an incident that are known, at most twice `MOST_ALERTS`; suppressed ones are as none."""
        questions: list[Document] = [{"data.effect_of": incident.id}]
        if incident.group_id is not None:
            questions.append({"data.group_id": incident.group_id})
        found: dict[str, KnownAlert] = {}
        for question in questions:
            cursor = self.alerts.collection.find(question).limit(MOST_ALERTS)
            found |= {one["_id"]: KnownAlert.model_validate(one["data"]) async for one in cursor}
        return [one for one in found.values() if may_join(incident, one) and one.status is not AlertStatus.SUPPRESSED]


def _read(document: Document) -> IncidentFact | Over:
    members = document["data"]
    return Over.model_validate(members) if members.get("deleted") else IncidentFact.model_validate(members)
