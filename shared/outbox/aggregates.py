"""One aggregate, one document, one atomic write.

The new state, the events it causes and the side documents it writes change together, guarded by the document's
version. Two aggregates that must change together do so in a transaction. Events and side documents wait in the
document's `outbox` until the relay has handed them on; a commit wakes it at once, and its poll finds what a dead
process left behind. What has been handed on is cleared by the next commit, or soon after.

Layout: `{_id, version, write_id, ...state, outbox: {marks: [...], events: [...], records: [...]}, outbox_at}`; the two
outbox members are absent when nothing waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo import IndexModel, InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure

from shared.clocks.clock import Now
from shared.events import Event
from shared.ids import fresh
from shared.mongo import Collection, Document, find_by_ids
from shared.outbox.clearing import Handover, Left
from shared.outbox.relay import Relay
from shared.telemetry.metrics import RACES

OUTBOX_INDEX = IndexModel([("outbox_at", 1)], name="outbox_at", sparse=True)
"""Every collection of aggregates that tell anything has it."""

_DUPLICATE_KEY = 11000
_WRITE_CONFLICT = 112


@dataclass(frozen=True, slots=True)
class Record:
    """A side document that a change writes: `document` under `id` in `collection`.

    Without `sequence` it is written once and never changed (a timeline entry). With it, the newest sequence wins
    (a member's state); it is stored in the document as `seq`.
    """

    collection: str
    id: str
    document: Document
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event and the routing key it travels under (default: its type)."""

    event: Event
    routing_key: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision does to one aggregate.

    `base` is the version the decision was made on, 0 for a new document. `fields` are set; a top-level None removes
    the field. `events` (or `Outgoing`, where the routing key is another) and `records` go out after the write.
    """

    id: str
    base: int
    fields: Document
    events: Sequence[Event | Outgoing] = ()
    records: Sequence[Record] = field(default=())


@dataclass(frozen=True, slots=True)
class _Planned:
    """A change, what it leaves to be handed on, and what was handed on before and is cleared by its write."""

    change: Change
    handover: Handover | None
    cleared: Sequence[Left]


class Aggregates:
    """The aggregates of one collection.

    `silent` ones never leave an event or a side document; only `transactional` ones can change several together, and
    nothing may update many of those at once (`Relay.serve` says why). What a killed process left untold in
    `unpolled` ones stays untold.
    """

    def __init__(
        self,
        collection: Collection,
        relay: Relay,
        clock: Now,
        *,
        silent: bool = False,
        transactional: bool = False,
        unpolled: bool = False,
        urgent: bool = False,
    ) -> None:
        self.collection = collection
        self._relay = relay
        self._clock = clock
        self._silent = silent
        self._transactional = transactional
        self._on_due: list[tuple[str, Callable[[datetime], None]]] = []
        if not silent and not unpolled:
            relay.serve(collection, transactional=transactional, urgent=urgent)

    def on_due(self, field: str, expect: Callable[[datetime], None]) -> None:
        """Have `expect` called with the time in this field of what is written (`shared.due_work`)."""
        self._on_due.append((field, expect))

    async def commit(self, changes: Iterable[Change], *, together: bool = False) -> set[str]:
        """Write the changes in one unordered bulk and return the ids of those that lost their race.

        A change has lost when its document is not at `base` any more, or, with base 0, exists already (or another
        unique index refuses it). The caller reads and decides again (`shared.outbox.races`). At most one change an id.
        With `together` all are written or none, in a transaction, which costs more: then either none has lost or all.
        Raises `ValueError` for two changes of one id, when silent ones would tell something or those that are not
        transactional would change together, and what the driver raises when the database fails; then nothing is known
        about the outcome, and deciding again on what is stored is safe.
        """
        pending = list(changes)
        if not pending:
            return set()
        if len({change.id for change in pending}) != len(pending):
            raise ValueError("two changes of one aggregate in one commit")
        if together and not self._transactional:
            raise ValueError(f"{self.collection.name} was not said to be transactional")
        if self._silent and any(change.events or change.records for change in pending):
            raise ValueError(f"{self.collection.name} was said to be silent, and nobody would hand this on")
        write_id = fresh()
        planned = [self._plan(change, write_id) for change in pending]
        operations = [self._operation(one, write_id) for one in planned]
        self._relay.hold(self.collection, _leaving(planned))
        try:
            if together:
                lost = await self._write_together(pending, operations)
            else:
                lost = await self._write(pending, operations, write_id)
        except BaseException:
            self._in_doubt(planned)
            raise
        if lost:
            RACES.labels(self.collection.name).inc(len(lost))
            self._in_doubt([one for one in planned if one.change.id in lost])
        self._note_written([one for one in planned if one.change.id not in lost])
        return lost

    def _plan(self, change: Change, mark: str) -> _Planned:
        cleared = self._relay.clearing.take_along(self.collection, change.id, change.base)
        return _Planned(change, _handover(change, mark, alone=change.base == 0 or bool(cleared)), cleared)

    def _in_doubt(self, planned: Sequence[_Planned]) -> None:
        """Leave to the poll what these may have left: one that was overtaken was written."""
        self._relay.leave(self.collection, _leaving(planned))
        for one in planned:
            self._relay.clearing.back(one.cleared)

    def _note_written(self, planned: Sequence[_Planned]) -> None:
        for one in planned:
            self._relay.release(self.collection, [handover for _, handover in one.cleared])
        if leaving := _leaving(planned):
            self._relay.take(self.collection, leaving)
        for name, expect in self._on_due:
            for one in planned:
                if (due_at := one.change.fields.get(name)) is not None:
                    expect(due_at)

    async def _write(
        self, pending: Sequence[Change], operations: Sequence[InsertOne[Document] | UpdateOne], write_id: str
    ) -> set[str]:
        """Write the changes and tell which lost their race."""
        lost: set[str] = set()
        try:
            result = await self.collection.bulk_write(operations, ordered=False)
            written = result.matched_count + result.inserted_count
        except BulkWriteError as error:
            for failure in error.details["writeErrors"]:
                if failure["code"] != _DUPLICATE_KEY:
                    raise
                lost.add(pending[failure["index"]].id)
            written = error.details["nMatched"] + error.details["nInserted"]
        except DuplicateKeyError:
            # `secantusd-rs` refuses the whole command when an update meets a unique index: what it wrote is asked for
            written = 0
        if written + len(lost) != len(pending):
            lost |= await self._overtaken(pending, write_id, lost)
        return lost

    async def _write_together(
        self, pending: Sequence[Change], operations: Sequence[InsertOne[Document] | UpdateOne]
    ) -> set[str]:
        """Write all the changes or none; the ids of all when one of them lost its race."""
        everyone = {change.id for change in pending}
        async with self.collection.database.client.start_session() as session:
            await session.start_transaction()
            try:
                result = await self.collection.bulk_write(operations, ordered=True, session=session)
                if result.matched_count + result.inserted_count != len(pending):
                    await session.abort_transaction()
                    return everyone
                await session.commit_transaction()
            except OperationFailure as error:
                if session.in_transaction:
                    await session.abort_transaction()
                if _is_race(error):
                    return everyone
                raise
        return set()

    def _operation(self, planned: _Planned, write_id: str) -> InsertOne[Document] | UpdateOne:
        change, handover = planned.change, planned.handover
        kept = {key: value for key, value in change.fields.items() if value is not None}
        kept |= {"version": change.base + 1, "write_id": write_id}
        if handover is not None and handover.alone_at is not None:
            kept |= {"outbox": handover.to_stored(), "outbox_at": self._clock.now()}
        if change.base == 0:
            return InsertOne({"_id": change.id, **kept})
        update: dict[str, Any] = {"$set": kept}
        removed = {key: "" for key, value in change.fields.items() if value is None}
        if handover is None and planned.cleared:
            removed |= {"outbox": "", "outbox_at": ""}
        if removed:
            update["$unset"] = removed
        if handover is not None and handover.alone_at is None:
            stored = handover.to_stored()
            # the oldest that waits decides when the poll looks, however often the document is written meanwhile
            update["$min"] = {"outbox_at": self._clock.now()}
            update["$push"] = {f"outbox.{part}": {"$each": items} for part, items in stored.items() if items}
        return UpdateOne({"_id": change.id, "version": change.base}, update)

    async def _overtaken(self, changes: Sequence[Change], write_id: str, known: set[str]) -> set[str]:
        ids = [change.id for change in changes if change.id not in known]
        present = await find_by_ids(self.collection, ids, projection=("_id", "write_id"))
        # one that we wrote and that somebody overtook since counts as lost too: deciding again finds it done
        return {key for key in ids if present.get(key, {}).get("write_id") != write_id}


def to_side_document(record: Record) -> Document:
    """A side document as `SideDocuments.write` takes it."""
    return {"collection": record.collection, "id": record.id, "doc": record.document, "seq": record.sequence}


def _leaving(planned: Iterable[_Planned]) -> list[Handover]:
    return [one.handover for one in planned if one.handover is not None]


def _is_race(error: OperationFailure) -> bool:
    """Somebody else wrote one of the documents: the server undid ours, or a unique index refused it."""
    codes = {failure.get("code") for failure in (error.details or {}).get("writeErrors", [])} | {error.code}
    return error.has_error_label("TransientTransactionError") or bool(codes & {_DUPLICATE_KEY, _WRITE_CONFLICT})


def _handover(change: Change, mark: str, *, alone: bool) -> Handover | None:
    if not change.events and not change.records:
        return None
    outgoing = [item if isinstance(item, Outgoing) else Outgoing(item, item.type) for item in change.events]
    return Handover(
        id=change.id,
        marks=[mark],
        events=[
            {"id": out.event.id, "key": out.routing_key, "body": out.event.encode(), "mark": mark} for out in outgoing
        ],
        records=[{**to_side_document(item), "mark": mark} for item in change.records],
        alone_at=change.base + 1 if alone else None,
    )
