"""Targets, `runbook_targets` by id."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo import IndexModel

from services.automation.targets.target import MAX_TARGETS_OF_TEAM, Target
from shared.kept.entries import Entries, Entry
from shared.mongo import Document
from shared.runtime import Runtime

TARGETS = "runbook_targets"
WHAT = "target"


class Targets:
    """The questions that are asked about targets."""

    def __init__(self, runtime: Runtime) -> None:
        self.entries = Entries(runtime, TARGETS, Target, what=WHAT)
        self._collection = runtime.database.collection(TARGETS)
        runtime.indexes({TARGETS: [IndexModel([("content.team", 1)], name="team", sparse=True)]})

    async def get(self, id: str) -> Entry[Target] | None:
        """The one with this id."""
        found = await self._collection.find_one({"_id": id, "deleted": {"$ne": True}})
        return _entry(found) if found is not None else None

    async def of_team(self, team: str) -> Sequence[Entry[Target]]:
        """Those of a team."""
        found = await self._collection.find({"content.team": team}).limit(MAX_TARGETS_OF_TEAM).to_list()
        return [_entry(one) for one in found if not one.get("deleted")]


def _entry(document: Document) -> Entry[Target]:
    return Entry(
        id=document["_id"],
        version=document["version"],
        content=Target.model_validate(document["content"]),
        created_at=document["created_at"],
        updated_at=document["updated_at"],
    )
