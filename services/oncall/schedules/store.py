"""The volumes of the past of schedules, see `history`: each is written before its schedule lets go of what it holds."""

from __future__ import annotations

from datetime import datetime, timedelta

from pymongo import IndexModel

from services.oncall.schedules.history import Volume, put_away, reunite
from services.oncall.schedules.plan import Override, Schedule
from shared.ids import fresh
from shared.runtime import Runtime

COLLECTION = "schedule_volumes"
_TICK = timedelta(milliseconds=1)
"""The database cuts times to it."""


class Volumes:
    """The questions that are asked of them."""

    def __init__(self, runtime: Runtime) -> None:
        self._volumes = runtime.database.collection(COLLECTION)
        runtime.indexes({COLLECTION: [IndexModel([("series", 1), ("end", 1)], name="series")]})

    async def tidy(self, schedule: Schedule, now: datetime) -> Schedule:
        """A stored schedule without the part of its past that is too long; that part is written to a volume."""
        left, volume = put_away(schedule, now)
        if volume is None:
            return schedule
        series = schedule.series or fresh()
        await self._volumes.insert_one(
            {
                "_id": fresh(),
                "series": series,
                "start": volume.start,
                "end": volume.end + _TICK,
                "content": volume.model_dump(mode="json"),
            }
        )
        return left.changed(series=series)

    async def read_whole(self, schedule: Schedule, start: datetime, end: datetime) -> Schedule:
        """The schedule with everything that says who was on call in [start, end], however long ago."""
        if schedule.series is None or schedule.known_from is None or start >= schedule.known_from:
            return schedule
        query = {"series": schedule.series, "end": {"$gt": start}, "start": {"$lte": end}}
        found = [Volume.model_validate(one["content"]) async for one in self._volumes.find(query)]
        return reunite(schedule, found)

    async def override(self, schedule: Schedule, id_: str) -> Override | None:
        """The override with this id, however long ago it was; None when there is none."""
        known: list[Override] = list(schedule.overrides)
        if schedule.series is not None and all(one.id != id_ for one in known):
            query = {"series": schedule.series, "content.overrides.id": id_}
            async for one in self._volumes.find(query):
                known += Volume.model_validate(one["content"]).overrides
        return next((one for one in known if one.id == id_), None)

    async def forget(self, series: str) -> None:
        """Remove the past of a schedule that is deleted."""
        await self._volumes.delete_many({"series": series})
