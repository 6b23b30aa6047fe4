"""Imported incidents, which never page: what would be told of each if somebody asked why.

They come by the hundred thousand, and nothing is ever due of them. So they are in a collection of their own, without an
index: an escalation costs the embedded database four times as much. What happens to one later makes it an escalation.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.oncall.escalation.escalation import Escalation
from shared.mongo import to_document, upsert_newer
from shared.runtime import Runtime

COLLECTION = "never_paged"


class NeverPaged:
    """The questions that are asked of them."""

    def __init__(self, runtime: Runtime) -> None:
        self._noted = runtime.database.collection(COLLECTION)

    async def note(self, escalations: Mapping[str, Escalation]) -> None:
        """Keep what is told of these incidents, by incident, unless that was done before."""
        await upsert_newer(
            self._noted, [({"_id": key}, {"$setOnInsert": to_document(one)}) for key, one in escalations.items()]
        )

    async def get(self, incident_id: str) -> Escalation | None:
        """What is told of this incident."""
        found = await self._noted.find_one({"_id": incident_id})
        return Escalation.model_validate(found) if found is not None else None
