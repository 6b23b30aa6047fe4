"""Which incident each row without an id became: one document a row, written before its incident is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pymongo.errors import BulkWriteError

from shared.mongo import DUPLICATE_KEY, find_by_ids
from shared.runtime import Runtime

COLLECTION = "imported_rows"


class ImportedRows:
    """Rows without an id, by their content and which of the equal ones they are."""

    def __init__(self, runtime: Runtime) -> None:
        self._rows = runtime.database.collection(COLLECTION)

    async def claimed(self, keys: Iterable[str]) -> dict[str, str]:
        """The incident's id of each of these rows that has one."""
        found = await find_by_ids(self._rows, sorted(set(keys)))
        return {key: document["incident_id"] for key, document in found.items()}

    async def claim(self, ids: Mapping[str, str]) -> dict[str, str]:
        """Give rows these ids; tells those that they have, which somebody else may have given meanwhile."""
        if not ids:
            return {}
        try:
            await self._rows.insert_many(
                [{"_id": key, "incident_id": id} for key, id in ids.items()],  # noqa: A001 - as everywhere
                ordered=False,
            )
        except BulkWriteError as error:
            if any(failure["code"] != DUPLICATE_KEY for failure in error.details["writeErrors"]):
                raise
            return await self.claimed(ids)
        return dict(ids)
