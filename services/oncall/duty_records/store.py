"""What was told of who was on call. `duty_records`: a document for each day of a schedule, with what was told of it.

`duty_marks`: how far each schedule has been told of. It is written after its days: what was told before a process died
is told again, the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from services.oncall.duty_records.duty_day import continue_duty
from shared.events import Event, make
from shared.events.oncall import DutyFact
from shared.mongo import find_by_ids, to_document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

RECORDS, MARKS = "duty_records", "duty_marks"
RECORDED = "duty.recorded.v1"


class DutyRecords:
    """The questions that are asked of them."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(RECORDS)
        self._records = self._aggregates.collection
        self._marks = runtime.database.collection(MARKS)
        self._clock = runtime.clock

    async def told_until(self, schedule_ids: Sequence[str]) -> Mapping[str, datetime]:
        """How far each of these has been told of; those that never were are not in it."""
        found = await find_by_ids(self._marks, list(schedule_ids))
        return {key: document["until"] for key, document in found.items()}

    async def keep(self, schedule_id: str, facts: Sequence[DutyFact], until: datetime) -> bool:
        """Keep and tell these days; False when another process did so meanwhile."""
        found = await find_by_ids(self._records, [one.id for one in facts], projection=["version", "fact"])
        known = {key: DutyFact.model_validate(document["fact"]) for key, document in found.items()}
        continued = [continue_duty(known.get(one.id), one) for one in facts]
        changed = [
            (one, int(found[one.id]["version"]) if one.id in found else 0)
            for one in continued
            if known.get(one.id) != one
        ]
        lost = await self._aggregates.commit(
            Change(one.id, version, {"fact": to_document(one)}, [_event(one, version + 1, self._clock.now())])
            for one, version in changed
        )
        if lost:
            return False
        await self._marks.update_one({"_id": schedule_id}, {"$set": {"until": until}}, upsert=True)
        return True

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every day that was told."""
        async for document in self._records.find({}, projection={"fact": True, "version": True}):
            fact = DutyFact.model_validate(document["fact"])
            yield _event(fact, document["version"], fact.until)


def _event(fact: DutyFact, version: int, at: datetime) -> Event:
    return make(RECORDED, subject=fact.id, sequence=version, time=at, data=fact)
