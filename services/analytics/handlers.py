"""Events in: the copies of services, incidents, post-mortems, alerts, pages, actions, runbooks and
impact periods follow theirs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from services.analytics.counting import as_counted, as_counted_impact, as_counted_page
from services.analytics.runbooks.ended_execution import as_ended
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.copies.replica import Replica
from shared.events import Event
from shared.events.actions import ActionFact
from shared.events.alerts import AlertFact
from shared.events.automation import ExecutionFact, RunbookFact
from shared.events.communication import ImpactFact
from shared.events.incidents import IncidentFact, ServiceFact
from shared.events.oncall import DutyFact, PageResult
from shared.events.postmortems import PostmortemFact
from shared.mongo import Database

Hearing = Callable[[Sequence[Delivery[Event]]], Awaitable[None]]


def in_turn(*hearings: Hearing) -> Hearing:
    """Each of these hears every batch, one after the other: what follows from facts comes after their copies."""

    async def handle(batch: Sequence[Delivery[Event]]) -> None:
        for hear in hearings:
            await hear(batch)

    return handle


class Copies:
    """All copies; any order and repetition of the events ends in the same ones."""

    def __init__(self, database: Database, clock: Now) -> None:
        self.services = Replica(database.collection("services"), clock)
        self.incidents = Replica(database.collection("incidents"), clock)
        self.postmortems = Replica(database.collection("postmortems"), clock)
        self.actions = Replica(database.collection("actions"), clock)
        self.alerts = Replica(database.collection("alerts"), clock)
        self.runbooks = Replica(database.collection("runbooks"), clock)
        self.executions = Replica(database.collection("executions"), clock)
        self.pages = Replica(database.collection("pages"), clock)
        self.impacts = Replica(database.collection("impacts"), clock)
        self.duty_days = Replica(database.collection("duty_days"), clock)

    async def handle(self, deliveries: Sequence[Delivery[Event]]) -> None:
        """Take a batch of facts in."""
        await self.services.fold(event for event, _ in facts_of(deliveries, ServiceFact))
        await self.incidents.fold(event for event, _ in facts_of(deliveries, IncidentFact))
        await self.postmortems.fold(event for event, _ in facts_of(deliveries, PostmortemFact))
        await self.actions.fold(event for event, _ in facts_of(deliveries, ActionFact))
        await self.alerts.fold(as_counted(event, fact) for event, fact in facts_of(deliveries, AlertFact))
        await self.runbooks.fold(event for event, _ in facts_of(deliveries, RunbookFact))
        await self.executions.fold(
            ended for event, fact in facts_of(deliveries, ExecutionFact) if (ended := as_ended(event, fact)) is not None
        )
        await self.pages.fold(as_counted_page(event, fact) for event, fact in facts_of(deliveries, PageResult))
        await self.impacts.fold(as_counted_impact(event, fact) for event, fact in facts_of(deliveries, ImpactFact))
        await self.duty_days.fold(event for event, _ in facts_of(deliveries, DutyFact))
