"""Checklists and the tasks of incidents, as they are stored: one document a category, one an incident."""

from __future__ import annotations

from services.incident.response.checklists import Board, Checklist
from services.incident.timeline.entry import Entry
from services.incident.timeline.store import COLLECTION as TIMELINE
from services.incident.timeline.store import entry_document
from shared.mongo import Document
from shared.outbox.aggregates import Change, Record
from shared.runtime import Runtime
from shared.vocabulary import Category

CHECKLISTS = "incident_checklists"
BOARDS = "incident_tasks"


class Checklists:
    """The questions that are asked of checklists and tasks."""

    def __init__(self, runtime: Runtime) -> None:
        self._checklists = runtime.aggregates(CHECKLISTS, silent=True)
        self._boards = runtime.aggregates(BOARDS)

    async def own(self, category: Category) -> Checklist | None:
        """The category's own checklist; None: it has the built-in one."""
        document = await self._checklists.collection.find_one({"_id": category.value})
        return Checklist.model_validate(_with_id(document)) if document is not None else None

    async def all_own(self) -> dict[str, Checklist]:
        """The checklists that are not the built-in ones, by category."""
        found = await self._checklists.collection.find({}).to_list()
        return {document["_id"]: Checklist.model_validate(_with_id(document)) for document in found}

    async def rewrite(self, checklist: Checklist) -> set[str]:
        """Write the checklist over the version that it has; its id when that was overtaken."""
        fields = checklist.model_dump(include={"revisions"})
        return await self._checklists.commit([Change(checklist.id, checklist.version, fields)])

    async def board(self, incident_id: str) -> Board | None:
        """The tasks of an incident; None: nobody has changed one yet."""
        document = await self._boards.collection.find_one({"_id": incident_id})
        return Board.model_validate(_with_id(document)) if document is not None else None

    async def keep(self, board: Board, said: Entry | None) -> set[str]:
        """Write the board over the version that it has, with what the timeline says; its id when overtaken."""
        records = [Record(TIMELINE, said.id, entry_document(said))] if said is not None else []
        fields = board.model_dump(include={"tasks"})
        return await self._boards.commit([Change(board.id, board.version, fields, records=records)])


def _with_id(document: Document) -> Document:
    return {**document, "id": document["_id"]}
