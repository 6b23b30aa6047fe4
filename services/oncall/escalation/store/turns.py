"""Whose turn it is at round-robin steps: a counter for each step, raised each time the step begins anywhere.

A decision that loses its race has used its turn up, and so passes somebody over; nobody is told twice for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.oncall.escalation.store.escalations import Decided
from shared.mongo import Document, find_by_ids
from shared.runtime import Runtime

COLLECTION = "turns"

Turned = Mapping[str, Mapping[str, int]]
"""The turns that were taken: by incident, then by step."""


class Turns:
    """The questions that are asked of turns."""

    def __init__(self, runtime: Runtime) -> None:
        self._steps = runtime.database.collection(COLLECTION)

    async def take_for(self, decided: Mapping[str, Decided]) -> dict[str, dict[str, int]]:
        """A turn for each incident whose decision began a round-robin step: by incident, then by step."""
        wanted = {key: one.decision.turn for key, one in decided.items()}
        return {key: {step: await self._take(step)} for key, step in wanted.items() if step is not None}

    async def read(self, steps: Iterable[str]) -> dict[str, int]:
        """How often each of these steps has begun; those that never did are not in it. Nobody's turn is taken."""
        found = await find_by_ids(self._steps, sorted(set(steps)))
        return {key: int(counter["taken"]) for key, counter in found.items()}

    async def _take(self, step: str) -> int:
        """The number of this turn, from 0."""
        while True:
            try:
                counter: Document | None = await self._steps.find_one_and_update(
                    {"_id": step}, {"$inc": {"taken": 1}}, upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:
                continue  # somebody else began this step for the first time at the same instant: now it is there
            if counter is not None:
                return int(counter["taken"]) - 1
