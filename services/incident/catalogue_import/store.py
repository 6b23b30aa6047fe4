"""Imports that nobody waited for, as they are stored: one document each, kept for a week."""

from __future__ import annotations

from datetime import timedelta

from pymongo import IndexModel

from services.incident.catalogue_import.job import ImportJob
from shared.runtime import Runtime

COLLECTION = "catalogue_imports"
KEPT = timedelta(days=7)


class ImportJobs:
    """The questions that are asked of imports."""

    def __init__(self, runtime: Runtime) -> None:
        self._jobs = runtime.database.collection(COLLECTION)
        expiry = IndexModel([("expire_at", 1)], name="expire_at", expireAfterSeconds=0)
        runtime.indexes({COLLECTION: [expiry]})

    async def get(self, id: str) -> ImportJob | None:
        """The import with this id."""
        document = await self._jobs.find_one({"_id": id})
        return ImportJob.model_validate({**document, "id": document["_id"]}) if document is not None else None

    async def keep(self, job: ImportJob) -> None:
        """Write how it is now. Nobody but the process that carries it out does so."""
        fields = job.model_dump(exclude={"id"}) | {"expire_at": job.begun_at + KEPT}
        await self._jobs.replace_one({"_id": job.id}, fields, upsert=True)
