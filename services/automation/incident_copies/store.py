"""The copies: `services`, `incidents` (open ones; of others the id) and `alerts`, of each group the first hundred."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence

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
        return (await self.alerts_of_all([incident]))[incident.id]

    async def alerts_of_all(self, incidents: Sequence[IncidentFact]) -> dict[str, list[KnownAlert]]:
        """The alerts of each of these incidents, as `alerts_of`: two questions for some hundred of them."""
        found: dict[str, dict[str, KnownAlert]] = {one.id: {} for one in incidents}
        for start in range(0, len(incidents), IN_LIMIT):
            some = incidents[start : start + IN_LIMIT]
            of_groups: dict[str, list[str]] = {}
            for one in some:
                if one.group_id is not None:
                    of_groups.setdefault(one.group_id, []).append(one.id)
            await self._read_alerts("effect_of", {one.id: [one.id] for one in some}, found)
            await self._read_alerts("group_id", of_groups, found)
        return {
            one.id: [
                alert
                for alert in found[one.id].values()
                if may_join(one, alert) and alert.status is not AlertStatus.SUPPRESSED
            ]
            for one in incidents
        }

    async def _read_alerts(
        self, member: str, owners: Mapping[str, Sequence[str]], found: Mapping[str, dict[str, KnownAlert]]
    ) -> None:
        """Add to each incident the alerts whose member says that they are its: at most `MOST_ALERTS` of each."""
        if not owners:
            return
        read: Counter[str] = Counter()
        cursor = self.alerts.collection.find({f"data.{member}": one_or_in(list(owners))})
        if len(owners) == 1:
            cursor = cursor.limit(MOST_ALERTS)
        async for one in cursor:
            key = one["data"][member]
            read[key] += 1
            if read[key] <= MOST_ALERTS:
                alert = KnownAlert.model_validate(one["data"])
                for owner in owners[key]:
                    found[owner][alert.id] = alert


def _read(document: Document) -> IncidentFact | Over:
    members = document["data"]
    return Over.model_validate(members) if members.get("deleted") else IncidentFact.model_validate(members)
