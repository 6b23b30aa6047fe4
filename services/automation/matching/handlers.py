"""Events in: an incident that opens, or that an alert joins, starts the runbooks whose triggers match it.

Only what happens now counts: what an owner tells again for a lost copy goes straight to our queue, by its name, and
starts nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.automation.executions.starting import Starting, Triggered
from services.automation.executions.store.executions import Executions
from services.automation.incident_copies.copying import KnownAlert, known_alert, may_join
from services.automation.incident_copies.store import IncidentCopies
from services.automation.matching.candidates import Candidate, ToStart, find_starts
from services.automation.matching.trigger_cache import TriggerCache
from services.automation.runbooks.runbook import Runbook
from services.automation.runbooks.store import Runbooks
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.alerts import AlertFact
from shared.events.incidents import IncidentFact
from shared.kept.entries import Entry
from shared.triggers.matching import triggered_id
from shared.vocabulary import AlertStatus

COUNTING = (AlertStatus.FIRING, AlertStatus.ACKNOWLEDGED)
"""An alert that is suppressed starts nothing."""
OPENED, JOINED = "incident.opened.v1", "alert.opened.v1"


class TriggerHandler:
    """Starts what matches; the copies have taken the same batch in before."""

    def __init__(
        self,
        copies: IncidentCopies,
        runbooks: Runbooks,
        triggers: TriggerCache,
        executions: Executions,
        starting: Starting,
    ) -> None:
        self._copies = copies
        self._runbooks = runbooks
        self._triggers = triggers
        self._executions = executions
        self._starting = starting

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch; what was started before is not started again, whatever is told twice."""
        news = [one for one in batch if one.routing_key.startswith(one.payload.type)]
        opened = [(event, fact) for event, fact in facts_of(news, IncidentFact) if event.type == OPENED]
        joined = [
            (event, fact)
            for event, fact in facts_of(news, AlertFact)
            if event.type == JOINED and fact.opens_incident and fact.status in COUNTING
        ]
        if not opened and not joined:
            return
        runbooks = await self._triggers.read()
        if not runbooks:
            return
        candidates = [*await self._of_opened(opened), *await self._of_joined(joined)]
        found = find_starts(candidates, runbooks)
        known = await self._executions.existing(
            [triggered_id(one.candidate.incident.id, one.runbook_id) for one in found]
        )
        left = [one for one in found if triggered_id(one.candidate.incident.id, one.runbook_id) not in known]
        entries = await self._runbooks.find_all(sorted({one.runbook_id for one in left}))
        # those of one runbook follow one another: quiet times and limits count what began before
        await asyncio.gather(
            *(self._start(entries[key], [one for one in left if one.runbook_id == key]) for key in entries)
        )

    async def _start(self, runbook: Entry[Runbook], found: Sequence[ToStart]) -> None:
        about = [(one.candidate, one.matched) for one in found]
        triggered = [Triggered(one.incident, one.alerts, matched, one.cause) for one, matched in about]
        await self._starting.start_by_triggers(runbook, triggered)

    async def _of_opened(self, opened: Sequence[tuple[Event, IncidentFact]]) -> list[Candidate]:
        """The incidents that opened and are open still, with the alerts of theirs that are known."""
        now = await self._copies.open_incidents([fact.id for _, fact in opened])
        mine = [(event, now[fact.id]) for event, fact in opened if fact.id in now and not fact.imported]
        alerts = await self._copies.alerts_of_all([incident for _, incident in mine])
        return [Candidate(incident, alerts[incident.id], event) for event, incident in mine]

    async def _of_joined(self, joined: Sequence[tuple[Event, AlertFact]]) -> list[Candidate]:
        """The open incidents that these alerts are part of, each with those of them that are."""
        if not joined:
            return []
        alerts = [known_alert(fact) for _, fact in joined]
        groups = sorted({one.group_id for one in alerts if one.effect_of is None})
        causes = sorted({one.effect_of for one in alerts if one.effect_of is not None})
        incidents = {one.id: one for one in await self._copies.open_of_groups(groups)}
        incidents |= await self._copies.open_incidents(causes)
        found: list[Candidate] = []
        for incident in incidents.values():
            theirs = [n for n, alert in enumerate(alerts) if may_join(incident, alert)]
            if theirs:
                members: list[KnownAlert] = [alerts[n] for n in theirs]
                found.append(Candidate(incident, members, joined[theirs[-1]][0]))
        return found
