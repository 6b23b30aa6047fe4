"""The directory as it is stored, and the copy of it that decisions are made from.

`directory`, `_id` = kind/id: one collection for users, teams, schedules and policies, so that one look tells what has
changed. The copy is whole and in memory; this process's edits are in it at once, those of other replicas within
`LOOK_SECONDS`. What the API shows and checks is always read from the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from pymongo import IndexModel

from services.oncall.directory.entry import MODELS, Entry, Kind, document_id, facts_about
from services.oncall.directory.snapshot import Directory
from services.oncall.schedules.plan import LATEST, Schedule
from services.oncall.schedules.presence import NEVER_THERE, Absences
from services.oncall.schedules.spans import Span
from services.oncall.schedules.store import Volumes
from shared.events import Event, make
from shared.ids import derive_id
from shared.mongo import Document, find_by_ids
from shared.outbox.aggregates import Change
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue
from shared.runtime import Runtime
from shared.telemetry import trace

COLLECTION = "directory"
LOOK_SECONDS = 0.5
QUIET_SECONDS = 15.0
"""Between two looks while edits of other replicas are heard of, and none is."""
_OVERLAP = timedelta(seconds=10)
"""An edit is stamped before it is stored: a look goes back this far behind the one before."""

log = get_logger(__name__)


class DirectoryStore:
    """The questions that are asked of the directory."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION, transactional=True)
        self._entries = runtime.database.collection(COLLECTION)
        self._clock = runtime.clock
        self._versions: dict[str, int] = {}
        self._looked_at: datetime | None = None
        self._known: dict[Kind, dict[str, Any]] = {kind: {} for kind in Kind}
        self._absences: dict[str, tuple[Span, ...]] = {}
        self.now = Directory(
            users=self._known[Kind.USER],
            teams=self._known[Kind.TEAM],
            schedules=self._known[Kind.SCHEDULE],
            policies=self._known[Kind.POLICY],
            default_policy=runtime.settings.default_policy,
            absences=self._absences,
        )
        """The directory as this process knows it."""
        self.revision = 0
        """Grows whenever `now` changes."""
        self._news = runtime.news("user.*.v1", "team.changed.v1", "schedule.changed.v1", "policy.changed.v1")
        self.volumes = Volumes(runtime)
        """The long past of schedules."""
        runtime.indexes({COLLECTION: [IndexModel([("updated_at", 1)], name="updated_at")]})

    async def get(self, kind: Kind, key: str) -> Entry | None:
        """One entry, a deleted one too."""
        document = await self._entries.find_one({"_id": document_id(kind, key)})
        return _entry(document) if document is not None else None

    async def missing(self, kind: Kind, keys: Iterable[str]) -> set[str]:
        """Which of these ids no entry of the kind has."""
        wanted = set(keys)
        found = await find_by_ids(
            self._entries, [document_id(kind, key) for key in sorted(wanted)], projection=("_id", "key", "deleted")
        )
        return wanted - {document["key"] for document in found.values() if not document["deleted"]}

    async def absences(self, people: Iterable[str]) -> Absences:
        """When each of these people was not there; those who always were are not in it."""
        keys = sorted(set(people))
        found = await find_by_ids(
            self._entries,
            [document_id(Kind.USER, key) for key in keys],
            projection=("_id", "key", "deleted", "updated_at", "away"),
        )
        known = {one["key"]: _absences(one) for one in found.values()}
        return {key: spans for key in keys if (spans := known.get(key, NEVER_THERE))}

    async def page(self, kind: Kind, after: str, limit: int) -> list[Entry]:
        """Up to `limit` entries of a kind that are not deleted, by id, behind `after` ("" for the first)."""
        found: list[Entry] = []
        while len(found) < limit:
            between = {"$gt": document_id(kind, after), "$lt": f"{kind.value}0"}
            documents = await self._entries.find({"_id": between}).sort("_id", 1).limit(limit + 1).to_list()
            entries = [_entry(document) for document in documents]
            found += [entry for entry in entries if entry.content is not None]
            if len(documents) <= limit:
                break
            after = entries[-1].key
        return found[:limit]

    async def tidy(self, entry: Entry) -> Entry:
        """A stored entry as an edit starts from it; too long a past of a schedule is moved to a volume."""
        if not isinstance(entry.content, Schedule):
            return entry
        return replace(entry, content=await self.volumes.tidy(entry.content, self._clock.now()))

    async def commit(self, entry: Entry, *beside: Entry) -> bool:
        """Write the version and tell of it; with others `beside` it all or none. False when somebody else was first."""
        entries = [entry, *beside]
        lost = await self._aggregates.commit([_change(one) for one in entries], together=bool(beside))
        if lost:
            return False
        for one in entries:
            self._take(one)
        return True

    async def look(self) -> None:
        """Bring the copy up to what is stored."""
        began = self._clock.now()
        query = {"updated_at": {"$gte": self._looked_at - _OVERLAP}} if self._looked_at else {}
        async for document in self._entries.find(query):
            if self._versions.get(document["_id"], 0) < document["version"]:
                try:
                    self._take(_entry(document))
                except ValidationError as error:
                    # where, but not what: these are names and addresses
                    where = [fault["loc"] for fault in error.errors(include_input=False)]
                    log.error("an entry of the directory can't be read; it is left out", id=document["_id"], at=where)  # noqa: TRY400
        self._looked_at = began

    async def look_for(self, policies: Iterable[str | None]) -> None:
        """Look now if one of these policies is not known: it may have been made at another replica just before."""
        if any(key is not None and key not in self.now.policies for key in policies):
            await self.look()

    async def watch(self) -> None:
        """Keep the copy up to date, for ever."""
        while True:
            with log_and_continue("the directory can't be read now; decisions use what is known"):
                await self._news.wait(deaf_seconds=LOOK_SECONDS, longest_seconds=QUIET_SECONDS)
                await self.look()

    def snapshots(self, kind: Kind, name: str) -> Callable[[], AsyncIterator[Event]]:
        """How a replay of this event type is answered: every entry of the kind, deleted ones too."""

        async def source() -> AsyncIterator[Event]:
            between = {"$gt": f"{kind.value}/", "$lt": f"{kind.value}0"}
            async for document in self._entries.find({"_id": between}).sort("_id", 1):
                entry = _entry(document)
                if any(told_name == name for told_name, _ in facts_about(entry)):
                    yield _event(entry, name, None)

        return source

    def _take(self, entry: Entry) -> None:
        if self._versions.get(entry.document_id, 0) >= entry.version:
            return
        self._versions[entry.document_id] = entry.version
        self.revision += 1
        if entry.kind is Kind.USER:
            self._absences[entry.key] = entry.absences
        if entry.content is None:
            self._known[entry.kind].pop(entry.key, None)
        else:
            self._known[entry.kind][entry.key] = entry.content


def _change(entry: Entry) -> Change:
    fields: Document = {
        "kind": entry.kind.value,
        "key": entry.key,
        "deleted": entry.content is None,
        "content": entry.content and entry.content.model_dump(mode="json"),
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
        "away": [list(span) for span in entry.away],
    }
    context = trace.current()
    events = [_event(entry, name, context) for name, _ in facts_about(entry)]
    return Change(entry.document_id, entry.version - 1, fields, events)


def _event(entry: Entry, name: str, context: trace.Context | None) -> Event:
    fact = dict(facts_about(entry))[name]
    return make(
        name,
        subject=entry.key,
        sequence=entry.version,
        time=entry.updated_at,
        data=fact,
        correlation=context.correlation if context else None,
        traceparent=context.traceparent if context else None,
        id=derive_id(name, entry.key, entry.version),
    )


def _entry(document: Document) -> Entry:
    kind = Kind(document["kind"])
    content = None if document["deleted"] else MODELS[kind].model_validate(document["content"])
    return Entry(
        kind,
        document["key"],
        content,
        document["version"],
        document["created_at"],
        document["updated_at"],
        _away(document),
    )


def _away(document: Document) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in document.get("away", ()))


def _absences(document: Document) -> tuple[Span, ...]:
    away = _away(document)
    return (*away, (document["updated_at"], LATEST)) if document["deleted"] else away
