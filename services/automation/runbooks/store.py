"""Runbooks, `runbooks` by id, and all their versions, `runbook_versions` by `<id>:<version>`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from pymongo import IndexModel

from services.automation.runbooks.runbook import Runbook, runbook_fact
from shared.due_work import NEVER
from shared.events import Event, make
from shared.events.automation import RunbookFact
from shared.kept.entries import Entries, Entry
from shared.mongo import Document, find_by_ids
from shared.runtime import Runtime

RUNBOOKS, RUNBOOK_VERSIONS = "runbooks", "runbook_versions"
WHAT = "runbook"


class Runbooks:
    """The questions that are asked about runbooks."""

    def __init__(self, runtime: Runtime) -> None:
        self.entries = Entries(runtime, RUNBOOKS, Runbook, what=WHAT, versions=RUNBOOK_VERSIONS, tell=_event)
        self._collection = runtime.database.collection(RUNBOOKS)
        runtime.indexes({RUNBOOKS: [IndexModel([("updated_at", 1)], name="updated_at")]})

    async def facts_since(self, at: datetime | None) -> Sequence[tuple[RunbookFact, datetime]]:
        """What others are told of those that were written at `at` or later (None: all), and when that was."""
        query: Document = {"updated_at": {"$gte": at}} if at is not None else {"updated_at": {"$gt": NEVER}}
        return [(_fact(one), one["updated_at"]) async for one in self._collection.find(query).sort("updated_at", 1)]

    async def find_all(self, ids: Sequence[str]) -> dict[str, Entry[Runbook]]:
        """Those of these that there are, by id."""
        found = await find_by_ids(self._collection, ids)
        return {key: _entry(one) for key, one in found.items() if not one.get("deleted")}

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every runbook, as a replay tells of it."""
        async for document in self._collection.find({"place": {"$gt": ""}}).sort("place", 1):
            yield _event(_entry(document), False)


def _entry(document: Document) -> Entry[Runbook]:
    return Entry(
        id=document["_id"],
        version=document["version"],
        content=Runbook.model_validate(document["content"]),
        created_at=document["created_at"],
        updated_at=document["updated_at"],
    )


def _fact(document: Document) -> RunbookFact:
    if document.get("deleted"):
        return RunbookFact(id=document["_id"], name="", deleted=True)
    return runbook_fact(document["_id"], _entry(document).content, updated_at=document["updated_at"], deleted=False)


def _event(entry: Entry[Runbook], deleted: bool) -> Event:
    return make(
        "runbook.changed.v1",
        subject=entry.id,
        sequence=entry.version,
        time=entry.updated_at,
        data=runbook_fact(entry.id, entry.content, updated_at=entry.updated_at, deleted=deleted),
    )
