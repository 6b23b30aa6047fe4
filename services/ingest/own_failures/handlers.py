"""Copies of dead letters in: the first of an hour that is trouble of ours becomes an alert as all others.

The alert is noted after the broker has it: a process that dies between the two sends it again, with the same key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.ingest.incident_copies.store import Incidents
from services.ingest.intake.accept import Intake
from services.ingest.intake.message import Origin
from services.ingest.own_failures.letters import Letter, Verdict, alert_for, judge, read_letter
from services.ingest.own_failures.store import LastAlert
from shared.bus.consumer import Delivery
from shared.bus.dead_letters import origin_of, reason_of
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.process.logs import get_logger

log = get_logger(__name__)


def read_copy(body: bytes, headers: Mapping[str, Any], *, namespace: str) -> Letter:
    """How copies of dead letters are decoded. Never raises."""
    return read_letter(body, origin_of(headers, namespace), reason_of(headers))


class OwnFailureHandler:
    """Makes an alert of what failed between alert and page."""

    def __init__(self, intake: Intake, last: LastAlert, incidents: Incidents, clock: Now) -> None:
        self._intake = intake
        self._last = last
        self._incidents = incidents
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Letter]]) -> None:
        """Judge these dead letters one after the other; the alert of one counts for those after it."""
        last = await self._last.at()
        for delivery in batch:
            letter, now = delivery.payload, self._clock.now()
            service = await self._incidents.service_of(letter.incident_id) if letter.incident_id else None
            verdict = judge(letter, service, last, now)
            if verdict is Verdict.ALERT:
                await self._intake.accept([alert_for(letter, last)], Origin(now, correlation=fresh()))
                await self._last.note(now)
                last = now
                log.error("a dead letter between alert and page calls", queue=letter.queue, type=letter.type)
