"""Executions as they are stored, `executions`: one document each, due while something is to be done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import IndexModel

from services.automation.actions.contract import Message
from services.automation.executions.execution import Execution
from services.automation.executions.facts import (
    FINISHED,
    PROGRESSED,
    approval_event,
    approval_fact,
    event_of,
    event_type,
    holding_run,
    notice_event,
    output_lines,
)
from services.automation.executions.store.direct_messages import message_record
from shared.due_work import NEVER, DueWork
from shared.events import Event
from shared.events.automation import ExecutionState
from shared.mongo import Document, find_by_ids, to_document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

EXECUTIONS = "executions"
OUTPUT_LINES, HOLDING_RUNS = "output_lines", "holding_runs"
TOLD_EVERY = timedelta(seconds=1)
"""That there is more is told so seldom of one execution."""
_UNTOLD = {"plans": False, "runs.tail": False, "sealed": False, "outbox": False}
_UNLISTED = {"steps": False, "plans": False, "runs.tail": False, "sealed": False, "outbox": False}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which executions are listed; at most one of the first two is asked by an index of its own."""

    incident_id: str | None = None
    runbook_id: str | None = None
    state: ExecutionState | None = None
    teams: Sequence[str] = ()
    """The teams that the caller is limited to; none: all are seen."""


class Executions:
    """The questions that are asked of executions."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(EXECUTIONS)
        self._collection = self._aggregates.collection
        self._clock = runtime.clock
        self._keep_for = timedelta(days=runtime.settings.execution_days)
        self._told: dict[str, datetime] = {}
        newest = [("created_at", 1), ("_id", 1)]
        runtime.indexes(
            {
                EXECUTIONS: [
                    DUE_INDEX,
                    IndexModel(newest, name="created_at"),
                    IndexModel([("incident_id", 1), *newest], name="incident"),
                    IndexModel([("runbook_id", 1), *newest], name="runbook"),
                    IndexModel([("state", 1), *newest], name="state"),
                    IndexModel([("expire_at", 1)], name="expire_at", sparse=True, expireAfterSeconds=0),
                ]
            }
        )

    def due_work(self, sweep: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `sweep` when an execution is due."""
        return DueWork.of(self._aggregates, "executions", sweep, clock=self._clock, look_seconds=look_seconds)

    async def add(self, execution: Execution, cause: Event | None = None) -> Execution | None:
        """Store a new one and return it; None when there is one of this id already."""
        return await self._write(None, execution, cause=cause)

    async def add_all(self, made: Sequence[tuple[Execution, Event]]) -> None:
        """Store new ones, each with its cause, in one write; one of an id that is there already is left out."""
        now = self._clock.now()
        changes = [self._change(None, execution, now, cause=cause)[1] for execution, cause in made]
        await self._aggregates.commit(changes)

    async def commit(self, before: Execution, after: Execution, message: Message | None = None) -> Execution | None:
        """Write the next version and return it; None when somebody else was faster."""
        return await self._write(before, after, message=message)

    async def _write(
        self, before: Execution | None, after: Execution, *, message: Message | None = None, cause: Event | None = None
    ) -> Execution | None:
        written, change = self._change(before, after, self._clock.now(), message=message, cause=cause)
        if await self._aggregates.commit([change]):
            return None
        if written.state.is_over:
            self._told.pop(written.id, None)
        return written

    def _change(
        self,
        before: Execution | None,
        after: Execution,
        now: datetime,
        *,
        message: Message | None = None,
        cause: Event | None = None,
    ) -> tuple[Execution, Change]:
        """The next version, and the change that writes it with all that is told of it."""
        base = before.version if before is not None else 0
        expire_at = now + self._keep_for if after.state.is_over else None
        written = after.changed(version=base + 1, expire_at=expire_at)
        events = [notice_event(before or written, message, now)] if message is not None else []
        name = event_type(before, written)
        if name is not None and (name != PROGRESSED or self._may_tell(written.id, now)):
            events.append(event_of(name, written, now, cause))
        settled = approval_fact(before, written, now)
        events += [approval_event(settled)] if settled is not None else []
        records = [message_record(OUTPUT_LINES, line.id, line, now) for line in output_lines(before, written)]
        if (run := holding_run(before, written, now)) is not None:
            records.append(message_record(HOLDING_RUNS, f"{run.execution_id}:{run.version}", run, now))
        return written, Change(written.id, base, _fields(before, written), events=events, records=records)

    def _may_tell(self, execution_id: str, now: datetime) -> bool:
        """Whether it was long enough ago that this process told of its progress."""
        told = self._told.get(execution_id)
        if told is not None and now - told < TOLD_EVERY:
            return False
        self._told[execution_id] = now
        return True

    async def find(self, execution_id: str) -> Execution | None:
        """The execution with this id."""
        found = await self._collection.find_one({"_id": execution_id})
        return _read(found) if found is not None else None

    async def existing(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids that there is an execution of."""
        return set(await find_by_ids(self._collection, ids, projection=["_id"]))

    async def due(self, now: datetime, limit: int, without: Sequence[str] = ()) -> list[Execution]:
        """Up to `limit` that are due, the longest due first; `without` those that are in hand here."""
        query: Document = {"due_at": {"$lte": now}}
        found = await self._collection.find(query, projection=["_id"]).sort("due_at", 1).limit(limit).to_list()
        wanted = [one["_id"] for one in found if one["_id"] not in without]
        read = await find_by_ids(self._collection, wanted)
        return [_read(read[key]) for key in wanted if key in read]

    async def page(
        self, filters: Filters, limit: int, after: tuple[datetime, str] | None
    ) -> tuple[list[Execution], bool]:
        """Up to `limit` behind `after`, the newest first, without their steps' words; and whether there are more."""
        query: Document = {}
        if filters.incident_id is not None:
            query["incident_id"] = filters.incident_id
        if filters.runbook_id is not None:
            query["runbook_id"] = filters.runbook_id
        if filters.state is not None:
            query["state"] = filters.state.value
        if filters.teams:
            query["incident_team"] = {"$in": list(filters.teams)}
            query["team"] = {"$in": [None, *filters.teams]}
        times: list[Document] = [{"created_at": {"$gt": NEVER}}]
        if after is not None:
            at, execution_id = after
            times = [{"created_at": at, "_id": {"$lt": execution_id}}, {"created_at": {"$gt": NEVER, "$lt": at}}]
        found: list[Execution] = []
        for time in times:
            cursor = self._collection.find({**query, **time}, projection=_UNLISTED)
            rows = await cursor.sort([("created_at", -1), ("_id", -1)]).limit(limit + 1 - len(found)).to_list()
            found += [_read(one) for one in rows]
            if len(found) > limit:
                break
        return found[:limit], len(found) > limit

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every execution that is over, as a replay tells how it ended."""
        over = [state.value for state in ExecutionState if state.is_over]
        async for document in self._collection.find({"state": {"$in": over}}, projection=_UNTOLD):
            execution = _read(document)
            yield event_of(FINISHED, execution, execution.ended_at or execution.created_at)

    async def count_since(self, runbook_id: str, incident_id: str, at: datetime) -> int:
        """How often a runbook was run for an incident since then, up to 1 000."""
        query = {"incident_id": incident_id, "created_at": {"$gte": at}, "runbook_id": runbook_id}
        return await self._collection.count_documents(query, limit=1000)

    async def count_triggered_since(self, runbook_id: str, service_id: str | None, at: datetime) -> int:
        """How often a runbook began by itself for a service since then, drills left out, up to 1 000."""
        query = {
            "runbook_id": runbook_id,
            "created_at": {"$gte": at},
            "service_id": service_id,
            "is_triggered": True,
            "drill_id": None,
        }
        return await self._collection.count_documents(query, limit=1000)


def _fields(before: Execution | None, after: Execution) -> Document:
    """What changed; a member that became None is removed."""
    changed = {
        name
        for name in Execution.model_fields
        if name not in ("id", "version") and (before is None or getattr(before, name) != getattr(after, name))
    }
    document = to_document(after)
    return {name: document.get(name) for name in changed}


def _read(document: Document) -> Execution:
    return Execution.model_validate({**document, "id": document["_id"]})
