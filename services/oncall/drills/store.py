"""Drills as they are stored: one document each, its alerts and news going out by its outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import DESCENDING, IndexModel

from services.oncall.drills.course import DrillTurn
from services.oncall.drills.drill import Drill
from shared.clocks.clock import Now
from shared.due_work import DueWork
from shared.events import Event, make
from shared.events.oncall import DrillAlertsFact, DrillState
from shared.ids import derive_id
from shared.mongo import Document, find_by_ids, to_document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

COLLECTION = "drills"
RUNNING_FOR = timedelta(seconds=1)
"""So long it is taken for granted which drills run: it is asked at every real incident."""
MOST_RUNNING = 200
MOST_FORGOTTEN = 200


@dataclass(frozen=True, slots=True)
class KeptDrill:
    """A drill as it was read, and the version that a decision about it stands on; 0: it is new."""

    drill: Drill
    version: int = 0


class Drills:
    """The questions that are asked of drills."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION)
        self._collection = runtime.database.collection(COLLECTION)
        self._clock: Now = runtime.clock
        self._running: list[KeptDrill] = []
        self._asked_at: datetime | None = None
        runtime.indexes(
            {
                COLLECTION: [
                    DUE_INDEX,
                    IndexModel([("starts_at", DESCENDING), ("_id", DESCENDING)], name="starts_at"),
                    IndexModel([("team", 1), ("starts_at", DESCENDING), ("_id", DESCENDING)], name="team"),
                    IndexModel([("kin", 1), ("ended_at", DESCENDING)], name="kin"),
                    IndexModel([("running", 1)], name="running", sparse=True),
                    IndexModel([("open_after", 1)], name="open_after", sparse=True),
                ]
            }
        )

    def due_work(self, sweep: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `sweep` when a drill has something due."""
        return DueWork.of(self._aggregates, "drills", sweep, clock=self._clock, look_seconds=look_seconds)

    async def get(self, ids: Iterable[str]) -> dict[str, KeptDrill]:
        """The drills with these ids."""
        found = await find_by_ids(self._collection, sorted(set(ids)))
        return {key: _read(document) for key, document in found.items()}

    async def due(self, now: datetime, limit: int) -> list[KeptDrill]:
        """Up to `limit` drills that have something due, the longest due first."""
        found = await self._collection.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        return [_read(document) for document in found]

    async def page(self, teams: Sequence[str], before: tuple[datetime, str] | None, limit: int) -> list[KeptDrill]:
        """Up to `limit` drills, those that begin last first, before this position; of these teams, or of all."""
        found: list[KeptDrill] = []
        for team in teams or (None,):
            query: Document = {} if team is None else {"team": team}
            if before is not None:
                query["starts_at"] = {"$lte": before[0]}
            order = [("starts_at", DESCENDING), ("_id", DESCENDING)]
            cursor = self._collection.find(query).sort(order)
            kept = 0
            async for document in cursor:
                one = _read(document)
                if before is None or (one.drill.starts_at, one.drill.id) < before:
                    found.append(one)
                    kept += 1
                if kept == limit:
                    break
        return sorted(found, key=lambda one: (one.drill.starts_at, one.drill.id), reverse=True)[:limit]

    async def last_of_kind(self, drill: Drill) -> Drill | None:
        """The last scored drill of the same kind that ended before this one."""
        query = {"kin": drill.plan.kin, "ended_at": {"$lt": drill.ended_at or self._clock.now()}}
        async for document in self._collection.find(query).sort("ended_at", DESCENDING).limit(20):
            other = _read(document).drill
            if other.id != drill.id and other.score is not None:
                return other
        return None

    async def running(self) -> list[KeptDrill]:
        """The drills that run, as they were a moment ago."""
        now = self._clock.now()
        if self._asked_at is None or not timedelta() <= now - self._asked_at < RUNNING_FOR:
            found = await self._collection.find({"running": True}).hint("running").limit(MOST_RUNNING).to_list()
            self._running, self._asked_at = [_read(document) for document in found], now
        return self._running

    async def forgotten(self) -> list[Drill]:
        """Drills that are over and have incidents that nobody ended, those that ended first first."""
        query = {"open_after": {"$gt": datetime.fromisoformat("2000-01-01T00:00:00+00:00")}}
        found = await self._collection.find(query).sort("open_after", 1).limit(MOST_FORGOTTEN).to_list()
        return [_read(document).drill for document in found]

    async def commit(self, before: KeptDrill, turn: DrillTurn, cause: Event | None = None) -> bool:
        """Write what becomes of a drill; False when somebody else wrote first. Its successor is made before it."""
        if turn.drill == before.drill and before.version:
            return True
        if turn.successor is not None:
            await self._aggregates.commit([self._change(KeptDrill(turn.successor), DrillTurn(turn.successor), None)])
        self._asked_at = None
        return not await self._aggregates.commit([self._change(before, turn, cause)])

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every drill as it stands, for who asks to hear the facts again."""
        async for document in self._collection.find({}):
            kept = _read(document)
            yield self._event(kept.drill, kept.version, None)

    def _change(self, before: KeptDrill, turn: DrillTurn, cause: Event | None) -> Change:
        drill = turn.drill
        fields: Document = {
            "content": to_document(drill),
            "team": drill.plan.team,
            "kin": drill.plan.kin,
            "starts_at": drill.starts_at,
            "ended_at": drill.ended_at,
            "due_at": drill.due_at,
            "running": True if drill.state is DrillState.RUNNING else None,
            "open_after": drill.ended_at if drill.is_over and drill.has_open_incidents else None,
        }
        events = [self._event(drill, before.version + 1, cause)] if turn.is_told or before.version == 0 else []
        if turn.alerts:
            events.append(self._alerts(turn, before.version + 1))
        return Change(drill.id, before.version, fields, events)

    def _event(self, drill: Drill, sequence: int, cause: Event | None) -> Event:
        now = self._clock.now()
        return make("drill.changed.v1", subject=drill.id, sequence=sequence, time=now, data=drill.fact(), cause=cause)

    def _alerts(self, turn: DrillTurn, sequence: int) -> Event:
        now = self._clock.now()
        fact = DrillAlertsFact(
            drill_id=turn.drill.id,
            first=turn.first,
            alerts=[one.alert for one in turn.alerts],
            teams=list(turn.drill.plan.teams),
            at=now,
        )
        id_ = derive_id("drill.alerted", turn.drill.id, turn.first)
        return make("drill.alerted.v1", subject=turn.drill.id, sequence=sequence, time=now, data=fact, id=id_)


def _read(document: Document) -> KeptDrill:
    return KeptDrill(Drill.model_validate(document["content"]), document["version"])
