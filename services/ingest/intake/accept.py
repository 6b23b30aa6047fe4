"""The way in that HTTP and RabbitMQ share: stamp the alerts of a request, publish them, and only then say yes.

Everything is read before anything is published, so a refused body leaves nothing behind. The rest is published before
the few that go ahead: the wide queue is the one that may be full. When the second publish fails the sender is told
503 and sends all of it again, which the keys of its alerts make harmless.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Counter

from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.catalogue_copy.routing import shown_service
from services.ingest.intake.message import (
    CONTENT_TYPE,
    MESSAGE_ALERTS,
    AcceptedAlert,
    Origin,
    encode_messages,
    stamp_alert,
)
from services.ingest.intake.parse import alerts_in
from services.ingest.intake.priority_lanes import Lanes
from services.ingest.normalisation.alert import ReceivedAlert
from shared.bus.publisher import Publisher
from shared.clocks.clock import Now
from shared.clocks.epoch import to_millis
from shared.ids import Stamps
from shared.text.lenient_json import Read

WIDE = "ingest.intake"
FAST = "ingest.intake.first"
PATIENCE_SECONDS = 1.0
"""How long a sender waits for a broker that is known to be away: a blink is bridged, an outage told at once."""
BREATH = 250
"""Alerts that are read before other requests get their turn."""

ACCEPTED = Counter("tocsin_ingest_accepted_total", "Alerts accepted: the broker confirmed them", ["lane"])


@dataclass(frozen=True, slots=True)
class Accepted:
    """Alerts that the broker has confirmed, each with how its service is called."""

    alerts: Sequence[AcceptedAlert]
    services: Sequence[str]


class Intake:
    """Reads the alerts of bodies and publishes them, by whatever way they came. One per process."""

    def __init__(self, publisher: Publisher, directory: CatalogueCache, clock: Now) -> None:
        self._publisher = publisher
        self._directory = directory
        self._clock = clock
        self._lanes = Lanes()
        self._stamps = Stamps()

    async def read(self, body: Read, named: str | None, kind: str | None, at: datetime) -> list[ReceivedAlert]:
        """All alerts of a parsed body. Raises a `Problem` as `parse.alerts_in`."""
        alerts: list[ReceivedAlert] = []
        for alert in alerts_in(body.value, named, kind, at):
            alerts.append(alert.with_notes(body.notes))
            if len(alerts) % BREATH == 0:
                await asyncio.sleep(0)
        return alerts

    async def accept(self, alerts: Sequence[ReceivedAlert], origin: Origin) -> Accepted:
        """Publish these alerts. Raises `ConnectionError` or `TimeoutError` when the broker does not confirm."""
        await self._publisher.ready(PATIENCE_SECONDS)
        marked = self._stamp(alerts)
        find = self._directory.directory.find
        services = [
            shown_service(
                find(one.service, origin.service_id, one.content.labels, origin.teams),
                None if origin.teams else one.service,
            )
            for one in alerts
        ]
        first, rest = self._lanes.split(marked, services, origin.at)
        await self._publish(WIDE, rest, origin)
        await self._publish(FAST, first, origin)
        return Accepted(marked, services)

    def _stamp(self, alerts: Iterable[ReceivedAlert]) -> list[AcceptedAlert]:
        marked: list[AcceptedAlert] = []
        stamp = ""
        now = to_millis(self._clock.now())
        for number, alert in enumerate(alerts):
            index = number % MESSAGE_ALERTS
            if index == 0:
                stamp = self._stamps.next(now)
            marked.append(stamp_alert(alert, stamp, index))
        return marked

    async def _publish(self, queue: str, alerts: Sequence[AcceptedAlert], origin: Origin) -> None:
        for count, message in encode_messages(origin, alerts):
            await self._publisher.to_queue(queue, message, content_type=CONTENT_TYPE)
            ACCEPTED.labels(queue).inc(count)
