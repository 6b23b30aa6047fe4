"""People's notes on patterns, and what was proposed for each, as they are stored. No rebuild of projections drops them.

Layout: `{_id: pattern id, version, notes, notes_by, proposed_at}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.analytics.patterns.kept_pattern import KeptPattern
from shared.events import Event, make
from shared.events.actions import PatternFact
from shared.ids import derive_id
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

COLLECTION = "patterns"


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
