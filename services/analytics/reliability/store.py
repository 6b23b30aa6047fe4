"""What reliability reads of the copies: services, impact periods, and what incidents are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import IndexModel

from services.analytics.counting import CountedImpact
from services.analytics.reliability.known_service import KnownService
from shared.mongo import find_by_ids
from shared.runtime import Runtime

SERVICES, IMPACTS, INCIDENTS = "services", "impacts", "incidents"
"""Written by the service's own handlers."""


@dataclass(frozen=True, slots=True)
class IncidentName:
    """What an incident is called, and whose it is."""

    title: str
    team: str | None


class ReliabilityCopies:
    """The questions that are asked of the copies."""

    def __init__(self, runtime: Runtime) -> None:
        self._services = runtime.database.collection(SERVICES)
        self._impacts = runtime.database.collection(IMPACTS)
        self._incidents = runtime.database.collection(INCIDENTS)
        runtime.indexes({IMPACTS: [IndexModel([("data.until", 1)], name="until")]})

    async def services(self) -> list[KnownService]:
        """Every service that there is, by id."""
        wanted = {f"data.{name}": True for name in KnownService.model_fields}
        found = [KnownService.model_validate(one["data"]) async for one in self._services.find({}, projection=wanted)]
        return sorted((one for one in found if not one.deleted), key=lambda one: one.id)

    async def impacts(self, since: datetime) -> list[CountedImpact]:
        """The impact periods that ended after this instant, or last."""
        found = self._impacts.find({"data.until": {"$gt": since}})
        return [CountedImpact.model_validate(one["data"]) async for one in found]

    async def names(self, incident_ids: Sequence[str]) -> Mapping[str, IncidentName]:
        """What these incidents are called."""
        found = await find_by_ids(self._incidents, incident_ids, projection=("data.title", "data.team"))
        return {key: IncidentName(one["data"]["title"], one["data"].get("team")) for key, one in found.items()}
