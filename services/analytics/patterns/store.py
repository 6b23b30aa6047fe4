"""People's notes on patterns, and what was proposed for each, as they are stored. No rebuild of projections drops them.

Layout of `patterns`: `{_id: pattern id, version, notes, notes_by, proposed_at}`. Of `found_patterns`, a projection that
search follows like a copy: `{_id: key, seq, at, data}`; what is no more stays as a deleted one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.analytics.patterns.found_pattern import FoundPattern
from services.analytics.patterns.kept_pattern import KeptPattern
from shared.copies.replica import WRITTEN_AT
from shared.events import Event, make
from shared.events.actions import PatternFact
from shared.ids import derive_id
from shared.mongo import Document, to_document, upsert_newer
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

COLLECTION, FOUND = "patterns", "found_patterns"


class Patterns:
    """What is kept of the patterns; there are as many as an organisation has problems."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION)

    async def all(self) -> dict[str, KeptPattern]:
        """Everything that is kept, by pattern."""
        found = await self._aggregates.collection.find({}, projection={"outbox": False}).to_list()
        return {one["_id"]: KeptPattern.model_validate(one | {"id": one["_id"]}) for one in found}

    async def write(self, changed: Iterable[KeptPattern], told: Mapping[str, PatternFact] | None = None) -> set[str]:
        """Write these, each guarded by its version, and tell the facts of those that are named; those that lost."""
        facts = told or {}
        return await self._aggregates.commit(
            [Change(one.id, one.version, _fields(one), _events(one, facts.get(one.id))) for one in changed]
        )


class FoundPatterns:
    """The patterns as search finds them."""

    def __init__(self, runtime: Runtime) -> None:
        self._collection = runtime.database.collection(FOUND)
        self._clock = runtime.clock
        runtime.indexes({FOUND: [WRITTEN_AT]})

    async def write(self, wanted: Mapping[str, FoundPattern]) -> int:
        """Make these all that there are; how many were others than is stored. Who is slower writes nothing."""
        stored = {one["_id"]: one async for one in self._collection.find({})}
        changed = {
            key: one
            for key, one in wanted.items()
            if key not in stored or FoundPattern.model_validate(stored[key]["data"]) != one
        }
        for key, one in stored.items():
            if key not in wanted and not one["data"]["deleted"]:
                changed[key] = FoundPattern(id=one["data"]["id"], part=one["data"].get("part"), name="", deleted=True)
        now = self._clock.now()
        writes: list[tuple[Document, Document]] = []
        for key, found in changed.items():
            sequence = stored[key]["seq"] + 1 if key in stored else 1
            written = {"seq": sequence, "at": now, "data": to_document(found)}
            writes.append(({"_id": key, "seq": {"$lt": sequence}}, {"$set": written}))
        await upsert_newer(self._collection, writes)
        return len(changed)


def _fields(one: KeptPattern) -> dict[str, object]:
    return {"notes": one.notes, "notes_by": one.notes_by, "proposed_at": one.proposed_at}


def _events(one: KeptPattern, fact: PatternFact | None) -> Sequence[Event]:
    if fact is None:
        return ()
    sequence = one.version + 1
    return [
        make(
            "pattern.recurred.v1",
            subject=one.id,
            sequence=sequence,
            time=fact.at,
            data=fact,
            id=derive_id("pattern", one.id, sequence, prefix="pat_"),
        )
    ]
