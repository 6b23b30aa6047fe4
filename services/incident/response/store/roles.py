"""The roles that an organisation defined for itself, as they are stored: a hundred at most, so they are read whole."""

from __future__ import annotations

from services.incident.response.role_definition import BUILT_IN, Definition
from shared.mongo import Document
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

COLLECTION = "incident_roles"


class Roles:
    """The questions that are asked of the roles."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION, silent=True)

    async def own(self) -> dict[str, Definition]:
        """The organisation's own, by id."""
        found = await self._aggregates.collection.find({}).to_list()
        return {document["_id"]: _read(document) for document in found}

    async def get(self, role: str) -> Definition | None:
        """The role with this id, built in or own."""
        if role in BUILT_IN:
            return BUILT_IN[role]
        document = await self._aggregates.collection.find_one({"_id": role})
        return _read(document) if document is not None else None

    async def commit(self, role: Definition) -> set[str]:
        """Write the role over the version that it has; its id when that was overtaken."""
        return await self._aggregates.commit(
            [Change(role.id, role.version, role.model_dump(exclude={"id", "version"}))]
        )

    async def remove(self, role: str) -> bool:
        """Forget the role; False when there was none."""
        return (await self._aggregates.collection.delete_one({"_id": role})).deleted_count > 0


def _read(document: Document) -> Definition:
    return Definition.model_validate({**document, "id": document["_id"]})
