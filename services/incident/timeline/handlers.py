"""Events in: what comms notes of talk about an incident, and what automation tells of runbooks, stands on timelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from services.incident.incidents.store.incidents import Incidents
from services.incident.timeline.burns import burn_entry
from services.incident.timeline.communications import communication_entry
from services.incident.timeline.executions import approval_entry, execution_entry, output_entry
from services.incident.timeline.store import Timeline
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.events import Event, Undecodable
from shared.events.analytics.budgets import BudgetFact
from shared.events.automation import ApprovalFact, ExecutionFact, OutputLine
from shared.events.communication import CommunicationFact


class CommunicationHandler:
    """Hears `communication.noted.v1`."""

    def __init__(self, incidents: Incidents, timeline: Timeline) -> None:
        self._incidents = incidents
        self._timeline = timeline

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch; an entry is the same however often it is written."""
        said = facts_of(batch, CommunicationFact)
        if said:
            await self._incidents.existing(fact.incident_id for _, fact in said)
            await self._timeline.write([(communication_entry(fact), event.sequence) for event, fact in said])


class BurnHandler:
    """Hears `budget.changed.v1`: error budgets that burn while an incident is open."""

    def __init__(self, incidents: Incidents, timeline: Timeline) -> None:
        self._incidents = incidents
        self._timeline = timeline

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch; an entry is the same however often it is written."""
        told = [(burn_entry(fact), event.sequence) for event, fact in facts_of(batch, BudgetFact)]
        said = [(entry, sequence) for entry, sequence in told if entry is not None]
        if said:
            await self._incidents.existing(entry.incident_id for entry, _ in said)
            await self._timeline.write(said)


class ExecutionHandler:
    """Hears of runbooks: their executions by events, and how their outputs ended by a queue of its own."""

    def __init__(self, incidents: Incidents, timeline: Timeline) -> None:
        self._incidents = incidents
        self._timeline = timeline

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """One batch of events."""
        told = facts_of(batch, ExecutionFact)
        entries = [(execution_entry(event, fact), event.sequence) for event, fact in told]
        decided = facts_of(batch, ApprovalFact)
        entries += [(approval_entry(event, fact), event.sequence) for event, fact in decided]
        said = [(entry, sequence) for entry, sequence in entries if entry is not None]
        if said:
            await self._incidents.existing(entry.incident_id for entry, _ in said)
            await self._timeline.write(said)

    async def handle_lines(self, batch: Sequence[Delivery[OutputLine]]) -> None:
        """One batch of ends of outputs."""
        entries = [output_entry(message.payload) for message in batch]
        await self._incidents.existing(entry.incident_id for entry in entries)
        await self._timeline.write([(entry, 1) for entry in entries])


def read_line(body: bytes, _headers: dict[str, Any]) -> OutputLine:
    """How the queue of outputs is decoded. Raises `Undecodable`, whose message holds nothing of the output."""
    try:
        return OutputLine.model_validate_json(body)
    except ValidationError as error:
        raise Undecodable(f"an output's end can't be read: {error.error_count()} faults") from None
