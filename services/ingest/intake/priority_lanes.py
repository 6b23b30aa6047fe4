"""Which alerts go ahead of the queue: the first firing one of each service that this process has not seen lately.

A storm of one service fills the wide lane; another service's first alert meets a nearly empty one. Only firing alerts
may take the fast lane. A service counts as new again after `FORGET`, so one alert of a long storm takes it now and
then, which is harmless: the stamps keep the order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.ingest.intake.message import AcceptedAlert
from services.ingest.normalisation.alert import Action

FORGET = timedelta(seconds=10)
MOST_SERVICES = 20_000


class Lanes:
    """Remembers when each service was last let through; one per process."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, datetime] = OrderedDict()

    def split(
        self, alerts: Sequence[AcceptedAlert], services: Sequence[str], now: datetime
    ) -> tuple[list[AcceptedAlert], list[AcceptedAlert]]:
        """(those for the fast lane, the rest); `services` names the service of each alert."""
        first: list[AcceptedAlert] = []
        rest: list[AcceptedAlert] = []
        for one, service in zip(alerts, services, strict=True):
            ahead = one.alert.action is Action.TRIGGER and self._is_new(service, now)
            (first if ahead else rest).append(one)
        return first, rest

    def _is_new(self, service: str, now: datetime) -> bool:
        seen = self._seen.get(service)
        if seen is not None and now - seen < FORGET:
            return False
        self._seen[service] = now
        self._seen.move_to_end(service)
        if len(self._seen) > MOST_SERVICES:
            self._seen.popitem(last=False)
        return True
