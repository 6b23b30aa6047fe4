"""Gathers what a report is made of: the failures of the table, and the copies of services and impact periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.analytics.counting import CountedImpact
from services.analytics.reliability.downtime import Failure, Impact
from services.analytics.reliability.gathering import failures_by_service
from services.analytics.reliability.known_service import BUILT_IN, KnownService
from services.analytics.reliability.report import ServiceReliability, Stretch, history_begin, reliability_of
from services.analytics.reliability.store import IncidentName, ReliabilityCopies
from services.analytics.table.upkeep import TableUpkeep
from shared.clocks.epoch import from_millis, to_millis
from shared.process.off_loop import OffLoop

MOST_SPENDERS = 20
"""Incidents that are told of each service; the others are counted."""


@dataclass(frozen=True, slots=True)
class Report:
    """Services by id, and what the incidents that spent their budgets are called."""

    services: Sequence[ServiceReliability]
    names: Mapping[str, IncidentName]


class ReliabilityReader:
    """Answers of this process's table and of the copies."""

    def __init__(self, upkeep: TableUpkeep, copies: ReliabilityCopies) -> None:
        self._upkeep = upkeep
        self._copies = copies
        self._turns = OffLoop()

    @property
    def is_complete(self) -> bool:
        """All that was written when the process began is known."""
        return self._upkeep.is_complete

    async def services(self) -> list[KnownService]:
        """Every service that there is, by id."""
        return await self._copies.services()

    async def report(self, services: Sequence[KnownService], stretch: Stretch, now: datetime) -> Report:
        """The reliability of these services; built-in ones only if something happened to them or was promised."""
        begin = history_begin(services, stretch)
        failures, impacts = await self.history(begin, to_millis(now), services[0].id if len(services) == 1 else None)
        found = await self._turns.run(_all_of, services, failures, impacts, stretch)
        told = [spender.incident_id for one in found for spender in one.spenders[:MOST_SPENDERS]]
        return Report(found, await self._copies.names([one for one in told if one is not None]))

    async def history(
        self, begin: int, now: int, service_id: str | None = None
    ) -> tuple[Mapping[str, Sequence[Failure]], Mapping[str, Sequence[Impact]]]:
        """Failures and impact periods that touch [begin, now), by service; and the periods that replace a failure."""
        failures = await self._upkeep.ask(failures_by_service, begin, now, service_id)
        first = min((one.start for some in failures.values() for one in some), default=begin)
        told = await self._copies.impacts(from_millis(min(begin, first)))
        return failures, impacts_by_service(told, now)


def impacts_by_service(told: Sequence[CountedImpact], now: int) -> Mapping[str, Sequence[Impact]]:
    """The impact periods of each service; those that last end now."""
    found: dict[str, list[Impact]] = {}
    for one in told:
        impact = Impact(one.id, to_millis(one.started_at), min(to_millis(one.until), now), one.state)
        for service_id in set(one.service_ids):
            found.setdefault(service_id, []).append(impact)
    return found


def _all_of(
    services: Sequence[KnownService],
    failures: Mapping[str, Sequence[Failure]],
    impacts: Mapping[str, Sequence[Impact]],
    stretch: Stretch,
) -> list[ServiceReliability]:
    found = [reliability_of(one, failures.get(one.id, ()), impacts.get(one.id, ()), stretch) for one in services]
    return [
        one
        for one in found
        if one.service.id not in BUILT_IN or one.service.target is not None or one.downtime_ms or len(found) == 1
    ]
