"""The heads: one aggregate for each key, holding its present alert. Finished alerts are side documents, the archive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pymongo import DESCENDING, IndexModel

from services.ingest.alerts.answered_services import AlertService
from services.ingest.alerts.batch import AlertEvent, KeyDecision, Placement, with_group
from services.ingest.alerts.documents import archive_fields, changes, read_head
from services.ingest.alerts.events import event, fact
from services.ingest.alerts.fold import Head
from services.ingest.intake.message import QueuedAlert, first_stamp
from services.ingest.normalisation.dedup_key import HEAD
from shared.due_work import DueWork
from shared.events import Event, make
from shared.mongo import Document, find_by_ids
from shared.outbox.aggregates import Change, Record
from shared.runtime import Runtime
from shared.vocabulary import AlertStatus

COLLECTION = "alerts"
ARCHIVE = "alert_archive"

_EXPIRY = IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0, sparse=True)
_BY_SERVICE = IndexModel([("service", 1), ("opened", DESCENDING)], name="service")
_BY_STATUS = IndexModel([("status", 1), ("opened", DESCENDING)], name="status")
_BY_OPENED = IndexModel([("opened", DESCENDING)], name="opened")
_BY_CAUSE = IndexModel([("effect_of.incident_id", 1)], name="cause", sparse=True)
_BY_LAPSE = IndexModel([("lapses_at", 1)], name="lapses_at", sparse=True)
FORMER_AGAIN = timedelta(seconds=30)
_OPEN = [status.value for status in AlertStatus if status.is_open]


def _is_at_work(document: Document) -> bool:
    return document.get("status") in _OPEN or "lapses_at" in document


class Heads:
    """Keeps the heads of keys, and finds them by id, group, effect and due time."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION, urgent=True)
        self._clock = runtime.clock
        self._retention = timedelta(days=runtime.settings.alert_days)
        self.collection = runtime.database.collection(COLLECTION)
        self._has_former = True
        self._former_asked_at: datetime | None = None
        runtime.indexes(
            {
                # every index costs each write of a head: there is none that another one can stand for
                COLLECTION: [_BY_SERVICE, _BY_STATUS, _EXPIRY, _BY_LAPSE, _BY_CAUSE],
                ARCHIVE: [_BY_SERVICE, _BY_OPENED, _EXPIRY],
            }
        )

    def expiry_work(self, sweep: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `sweep` when an alert expires."""
        return DueWork.of(
            self._aggregates, "lapse", sweep, clock=self._clock, look_seconds=look_seconds, field="lapses_at"
        )

    async def by_ids(self, ids: Sequence[str]) -> dict[str, Head]:
        """The heads with these ids that there are."""
        now = self._clock.now()
        found = await find_by_ids(self.collection, ids)
        return {key: read_head(document, now) for key, document in found.items()}

    async def at_home(self, taken: Sequence[QueuedAlert]) -> tuple[list[QueuedAlert], dict[str, Head]]:
        """These messages, each under the id that its key is known by (another one while its alert is at work there),
        and the heads that there are of them.
        """
        wanted = {other for one in taken for other in one.others}
        if not await self._may_have_former():
            wanted = {other for other in wanted if other >= HEAD}
        now = self._clock.now()
        found = await find_by_ids(self.collection, [*dict.fromkeys(one.head for one in taken), *sorted(wanted)])
        at_work = {key for key in wanted if key in found and _is_at_work(found[key])}
        homes = [
            replace(one, head=next((other for other in one.others if other in at_work), one.head)) if wanted else one
            for one in taken
        ]
        return homes, {key: read_head(found[key], now) for key in {one.head for one in homes} & found.keys()}

    async def services(self, ids: Sequence[str]) -> dict[str, AlertService]:
        """The service of the alert of each of these heads that has one."""
        found = await find_by_ids(self.collection, ids, projection=("_id", "status", "service_id", "claim"))
        return {
            key: AlertService(document.get("service_id"), document.get("claim"), document["status"] in _OPEN)
            for key, document in found.items()
            if document.get("status")
        }

    async def _may_have_former(self) -> bool:
        """False where no alert has an id of before `HEAD`; asked now and then: an older process may add one."""
        now = self._clock.now()
        if self._former_asked_at is None or now - self._former_asked_at > FORMER_AGAIN:
            self._has_former = await self.collection.find_one({"_id": {"$lt": HEAD}}, projection=["_id"]) is not None
            self._former_asked_at = now
        return self._has_former

    async def commit(self, decisions: Iterable[KeyDecision], placement: Placement) -> set[str]:
        """Write what was decided and tell of it; the ids of heads that changed meanwhile."""
        now = self._clock.now()
        return await self._aggregates.commit([self._change(one, placement, now) for one in decisions])

    async def in_group(self, group_id: str, service: str, since: datetime, *, also_over: bool = False) -> list[str]:
        """The ids of heads with an alert of this group, which is of `service` and began after `since`.

        The alert is open, or one is held; `also_over`: or neither.
        """
        query = {"service": service, "opened": {"$gte": first_stamp(since)}, "group_id": group_id}
        found = self.collection.find(query, projection=["status", "lapses_at"]).hint("service")
        return [document["_id"] async for document in found if also_over or _is_at_work(document)]

    async def effects_of(self, incident_id: str, *, also_over: bool = False) -> list[str]:
        """The ids of heads with such an alert that joined this incident as an effect."""
        query = {"effect_of.incident_id": incident_id}
        found = self.collection.find(query, projection=["status", "lapses_at"]).hint("cause")
        return [document["_id"] async for document in found if also_over or _is_at_work(document)]

    async def due_to_expire(self, now: datetime, limit: int) -> list[Head]:
        """Up to `limit` heads whose sender has not said again in time that they fire."""
        found = self.collection.find({"lapses_at": {"$lte": now}}).hint("lapses_at").limit(limit)
        return [read_head(document, now) async for document in found]

    async def snapshots(self, kind: AlertEvent) -> AsyncIterator[Event]:
        """The open alerts (or, for `RESOLVED`, those that are kept) as events, for who asks to hear the facts again."""
        statuses = [AlertStatus.RESOLVED.value] if kind is AlertEvent.RESOLVED else _OPEN
        now = self._clock.now()
        async for document in self.collection.find({"status": {"$in": statuses}}):
            head = read_head(document, now)
            if head.occurrence is not None:
                stamp = head.moves[-1].stamp if head.moves else head.occurrence.opened
                data = fact(head, head.occurrence, stamp)
                yield make(kind, subject=data.id, sequence=head.sequence, time=now, data=data)

    def _change(self, decision: KeyDecision, placement: Placement, now: datetime) -> Change:
        after = decision.head
        if after.occurrence is not None:
            after = replace(after, occurrence=with_group(after.occurrence, placement))
        return Change(
            id=after.id,
            base=decision.before.version,
            fields=changes(decision.before, after, now, self._retention),
            events=[event(after, draft, with_group(draft.occurrence, placement), now) for draft in decision.drafts],
            records=[
                Record(
                    ARCHIVE, finished.id, archive_fields(after, with_group(finished, placement), now, self._retention)
                )
                for finished in decision.finished
            ],
        )
