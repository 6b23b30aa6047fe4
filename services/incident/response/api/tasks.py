"""`/incidents/{id}/tasks`: what is to be done in an incident. `/incident-checklists`: where that comes from."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.incident.access import require_everybodys
from services.incident.incidents.api.lookup import actor_of, require_incident
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents
from services.incident.response.checklists import (
    Board,
    Checklist,
    ChecklistIn,
    Task,
    TaskIn,
    TaskPatch,
    board_of,
    describe_change,
    find_task,
    in_force,
    insert_task,
    patch_task,
    rewrite,
)
from services.incident.response.store.checklists import Checklists
from services.incident.timeline.entry import Entry, EntryKind, Line, entry_caused_by
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.outbox.races import decide_and_commit
from shared.vocabulary import Category, Role
from shared.web import Caller, Page


class ChecklistView(BaseModel):
    """A category's checklist."""

    category: Category
    items: list[str]
    built_in: bool


def routes(incidents: Incidents, checklists: Checklists, clock: Now) -> APIRouter:
    """The endpoints below `/incidents/{id}/tasks` and `/incident-checklists`."""
    router = APIRouter(tags=["incidents"])

    async def board(incident: Incident) -> Board:
        stored = await checklists.board(incident.id)
        return board_of(incident, stored, None if stored else await checklists.own(incident.category))

    async def write(incident: Incident, author: str, id: str, decide: Callable[[Board], Board]) -> Task:
        async def commit(decided: tuple[Board, Board]) -> set[str]:
            before, after = decided
            if after == before:
                return set()
            task = find_task(after, id)
            known = [one for one in before.tasks if one.id == id]
            said = describe_change(known[0], task) if known else f"task added: {task.title}"
            return await checklists.keep(after, _entry(incident, after, said, author, clock))

        decided = await decide_and_commit(lambda: board(incident), lambda before: (before, decide(before)), commit)
        return find_task(decided[1], id)

    @router.get("/incidents/{id}/tasks")
    async def read_tasks(id: str, caller: Caller) -> Page[Task]:
        """Those of its category's checklist first."""
        caller.require(Role.VIEWER)
        return Page(items=(await board((await require_incident(incidents, id, caller)).incident)).tasks)

    @router.post("/incidents/{id}/tasks", status_code=201)
    async def add_task(id: str, body: TaskIn, caller: Caller, response: Response) -> Task:
        caller.require(Role.RESPONDER)
        incident = (await require_incident(incidents, id, caller, to_change=True)).incident
        key = fresh("tsk_")
        author = actor_of(caller).name
        task = await write(incident, author, key, lambda board: insert_task(board, body, key, clock.now()))
        response.headers["Location"] = f"/incidents/{incident.id}/tasks/{key}"
        return task

    @router.get("/incidents/{id}/tasks/{task_id}")
    async def read_task(id: str, task_id: str, caller: Caller) -> Task:
        caller.require(Role.VIEWER)
        return find_task(await board((await require_incident(incidents, id, caller)).incident), task_id)

    @router.patch("/incidents/{id}/tasks/{task_id}")
    async def change_task(id: str, task_id: str, body: TaskPatch, caller: Caller) -> Task:
        """Done, skipped or open again, another title or assignee."""
        caller.require(Role.RESPONDER)
        incident = (await require_incident(incidents, id, caller, to_change=True)).incident
        author = actor_of(caller).name
        return await write(
            incident, author, task_id, lambda board: patch_task(board, task_id, body, author, clock.now())
        )

    _checklists(router, checklists, clock)
    return router


def _checklists(router: APIRouter, checklists: Checklists, clock: Now) -> None:
    @router.get("/incident-checklists")
    async def list_checklists(caller: Caller) -> Page[ChecklistView]:
        caller.require(Role.VIEWER)
        own = await checklists.all_own()
        return Page(items=[_view(category, own.get(category.value), clock) for category in Category])

    @router.get("/incident-checklists/{category}")
    async def read_checklist(category: Category, caller: Caller) -> ChecklistView:
        caller.require(Role.VIEWER)
        return _view(category, await checklists.own(category), clock)

    @router.put("/incident-checklists/{category}")
    async def write_checklist(category: Category, body: ChecklistIn, caller: Caller) -> ChecklistView:
        """For incidents that begin from now on."""
        caller.require(Role.MANAGER)
        require_everybodys(caller.teams)

        await decide_and_commit(
            lambda: checklists.own(category),
            lambda own: rewrite(category, own, body.items, clock.now()),
            checklists.rewrite,
        )
        return ChecklistView(category=category, items=body.items, built_in=False)


def _view(category: Category, own: Checklist | None, clock: Now) -> ChecklistView:
    return ChecklistView(category=category, items=list(in_force(category, own, clock.now())), built_in=own is None)


def _entry(incident: Incident, board: Board, said: str | None, author: str, clock: Now) -> Entry | None:
    if said is None:
        return None
    line = Line(EntryKind.TASK, said, author)
    return entry_caused_by(incident.id, clock.now(), line, "task", board.version + 1)
