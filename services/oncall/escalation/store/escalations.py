"""Escalations as they are stored: one document an incident, with its pages and news going out by its outbox.

`due_at` is there only while the incident is open, so the index that the ticker reads stays small.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prometheus_client import Counter
from pydantic import ValidationError

from services.oncall.escalation.escalation import Decision, Escalation, Reason
from shared.canary import ID as CANARY_ID
from shared.canary import outgoing
from shared.clocks.clock import Now
from shared.due_work import NEVER, DueWork
from shared.events import Event, make
from shared.events.oncall import EscalationState, PageFact
from shared.ids import derive_id
from shared.mongo import Document, find_by_ids, to_document
from shared.outbox.aggregates import Change
from shared.outbox.remembered import Remembered
from shared.process.logs import get_logger
from shared.runtime import Runtime
from shared.timers import DUE_INDEX

COLLECTION = "escalations"
REMEMBERED = 1_000
"""Escalations whose newest state that this process wrote it keeps in memory."""
LARGE = 50
"""One that asked for more pages than this is not kept there."""
NEVER_DUE = datetime(2199, 1, 1, tzinfo=UTC)
"""When that of an open incident falls due which has nothing due: so one index finds what is due, and what is open."""
MOST_OPEN = 1000
PUT_OFF = timedelta(seconds=30)
"""How long the clock leaves alone what it can't read or decide."""

UNPAGED = Counter(
    "tocsin_oncall_unpaged_total",
    "Times that nobody could be paged of an incident, by why, and whether that is grave",
    ["reason", "grave"],
)
for _reason in Reason:
    if _reason.value.startswith("nobody"):
        # each begins at none, so that the first time is an increase
        UNPAGED.labels(_reason.value, "yes")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """An escalation as it was read, and the version that a decision about it stands on."""

    escalation: Escalation
    version: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, what it was made on (None: nothing was known), and the event that made it necessary, if one did."""

    before: Kept | None
    decision: Decision
    cause: Event | None = None


class Escalations:
    """The questions that are asked of escalations."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION, urgent=True)
        self._collection = runtime.database.collection(COLLECTION)
        self._clock: Now = runtime.clock
        self._written: Remembered[Kept] = Remembered(REMEMBERED)
        runtime.indexes({COLLECTION: [DUE_INDEX]})

    def due_work(self, sweep: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `sweep` when an escalation is due."""
        return DueWork.of(self._aggregates, "escalations", sweep, clock=self._clock, look_seconds=look_seconds)

    async def get(self, incident_ids: Sequence[str]) -> dict[str, Kept]:
        """The escalations of these incidents, by incident."""
        found = await find_by_ids(self._collection, incident_ids)
        return {key: read(document) for key, document in found.items()}

    async def recall(self, incident_ids: Sequence[str]) -> dict[str, Kept]:
        """The same, as this process wrote them last where it did of late: others may have written since.

        What is decided on that is guarded by its version, and an older state can't make old news of what is new.
        """
        known = self._written.recall(incident_ids)
        return known | await self.get([key for key in incident_ids if key not in known])

    async def due(self, now: datetime, limit: int) -> dict[str, Kept]:
        """Up to `limit` escalations that are due, the longest due first, by incident."""
        cursor = self._collection.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
        found: dict[str, Kept] = {}
        async for document in cursor:
            try:
                found[document["_id"]] = read(document)
            except ValidationError:
                log.exception("an escalation can't be read; it is put off", incident=document["_id"])
                await self.put_off(document["_id"], now)
        return found

    async def find_open(self) -> list[Escalation]:
        """The escalations of open incidents, up to `MOST_OPEN`, those with something due first."""
        found: list[Escalation] = []
        cursor = self._collection.find({"due_at": {"$gt": NEVER}}).sort("due_at", 1).limit(MOST_OPEN)
        async for document in cursor:
            try:
                found.append(read(document).escalation)
            except ValidationError:
                continue  # the ticker says so
        return found

    async def put_off(self, incident_id: str, now: datetime) -> None:
        """Make the escalation due again only after `PUT_OFF`, whatever its own state says."""
        await self._collection.update_one({"_id": incident_id}, {"$set": {"due_at": now + PUT_OFF}})

    async def commit(self, decided: Mapping[str, Decided]) -> set[str]:
        """Write what was decided, by incident, and let its events go; returns the incidents whose race was lost."""
        lost = await self._aggregates.commit(self._change(key, one) for key, one in decided.items())
        self._remember(decided, lost)
        for key, one in decided.items():
            if key not in lost and one.decision.told is not None and one.decision.escalation.pages_nobody:
                reason, grave = one.decision.told.value, one.decision.escalation.is_grave
                UNPAGED.labels(reason, "yes" if grave else "no").inc()
                say = log.error if grave else log.warning
                say("nobody could be paged of an incident", incident=key, reason=reason)
        return lost

    def _remember(self, decided: Mapping[str, Decided], lost: set[str]) -> None:
        self._written.forget(decided)
        self._written.keep(
            {
                key: Kept(one.decision.escalation, _base(one) + 1)
                for key, one in decided.items()
                if key not in lost and len(one.decision.escalation.attempts) <= LARGE
            }
        )

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every escalation, as a replay tells of it."""
        async for document in self._collection.find({"_id": {"$gt": ""}}).sort("_id", 1):
            if document["_id"] == CANARY_ID:
                continue
            kept = read(document)
            yield make(
                "escalation.changed.v1",
                subject=document["_id"],
                sequence=kept.version,
                time=self._clock.now(),
                data=Decision(kept.escalation).fact(),
            )

    def _change(self, incident_id: str, decided: Decided) -> Change:
        before, after = decided.before, decided.decision.escalation
        base = _base(decided)
        document = to_document(after)
        # a member that became None is removed; what did not change is not written again
        fields: Document = {
            name: document.get(name)
            for name in Escalation.model_fields
            if before is None or getattr(before.escalation, name) != getattr(after, name)
        }
        if before is None or _listed_at(before.escalation) != _listed_at(after):
            fields["due_at"] = _listed_at(after)
        events = self._events(incident_id, decided, base + 1)
        if incident_id == CANARY_ID:  # its pages go to those who hand them on, and nobody else needs to know
            pages = [outgoing(event) for event in events if isinstance(event.data, PageFact)]
            return Change(incident_id, base, fields, events=pages)
        return Change(incident_id, base, fields, events=events)

    def _events(self, incident_id: str, decided: Decided, sequence: int) -> list[Event]:
        decision, now = decided.decision, self._clock.now()
        escalation = decision.escalation
        events = [
            make(
                "page.requested.v1",
                subject=page.page_id,
                sequence=1,
                time=now,
                data=page,
                cause=decided.cause,
                correlation=escalation.correlation,
                traceparent=escalation.traceparent,
                id=derive_id("page.requested", page.page_id),
            )
            for page in decision.pages
        ]
        if decision.told is not None:
            events.append(
                make(
                    "escalation.changed.v1",
                    subject=incident_id,
                    sequence=sequence,
                    time=now,
                    data=decision.fact(),
                    cause=decided.cause,
                    correlation=escalation.correlation,
                    traceparent=escalation.traceparent,
                )
            )
        return events


def _listed_at(escalation: Escalation) -> datetime | None:
    """Where it is in the index of due times; None of one that is over."""
    if escalation.state is EscalationState.ENDED:
        return None
    return escalation.due_at or NEVER_DUE


def _base(decided: Decided) -> int:
    return decided.before.version if decided.before else 0


def read(document: Document) -> Kept:
    """An escalation from its document."""
    return Kept(Escalation.model_validate(document), document["version"])
