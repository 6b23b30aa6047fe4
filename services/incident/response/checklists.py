"""Checklists: what is to be done in an incident of a category, and the tasks that come of it.

Each category has one, built in until an organisation writes its own. An incident has the list that was in force when
it began: a list keeps what it said before, so nothing has to be written when an incident opens. The tasks are stored
when somebody first changes one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.incident.incidents.incident import Incident
from services.incident.incidents.participants import UserId
from shared.events import Fact
from shared.ids import derive_id
from shared.problem import conflict, not_found
from shared.vocabulary import Category

MAX_ITEMS = 50
MAX_TASKS = 200
MAX_REVISIONS = 50

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


class Task(Fact):
    """Something to do in an incident; `done_at` is when it was done or skipped, by whom `done_by` says."""

    id: str
    title: str
    state: TaskState = TaskState.OPEN
    assignee_id: str | None = None
    from_checklist: bool = False
    created_at: datetime
    done_at: datetime | None = None
    done_by: str | None = None


class Board(Fact):
    """The tasks of one incident. `version` is that of the stored document, 0 for one that nobody changed yet."""

    id: str
    version: int = 0
    tasks: list[Task]


class ChecklistRevision(Fact):
    """What a checklist said from an instant on."""

    since: datetime
    items: list[str]


class Checklist(Fact):
    """A category's own checklist, with what it said before, the oldest first."""

    id: str
    version: int = 0
    revisions: list[ChecklistRevision]


class ChecklistIn(BaseModel):
    """The body that writes a checklist."""

    model_config = ConfigDict(extra="ignore")

    items: Annotated[list[Title], Field(max_length=MAX_ITEMS)]


class TaskIn(BaseModel):
    """The body that adds a task."""

    model_config = ConfigDict(extra="ignore")

    title: Title
    assignee_id: UserId | None = None


class TaskPatch(BaseModel):
    """The body that changes a task: what is left out stays; null takes the assignee away."""

    model_config = ConfigDict(extra="ignore")

    title: Title = ""
    state: TaskState = TaskState.OPEN
    assignee_id: UserId | None = None


BUILT_IN: Mapping[Category, tuple[str, ...]] = {
    Category.ERROR: (
        "Find the first occurrence and what was deployed before it",
        "Reproduce it, or keep an example with its trace",
        "Fix it or roll back, and watch the rate fall",
    ),
    Category.FAILURE: (
        "Name a commander and open the war room",
        "Tell customers on the status page",
        "Look at the changes of the last hour and roll back what is suspect",
        "Check that data is whole before it is called over",
        "Ask for the post-mortem",
    ),
    Category.REQUEST: ("Ask what exactly is needed, and until when", "Do it, and tell whoever asked"),
    Category.CHANGE: (
        "Check that the change was approved and has a way back",
        "Watch the service for half an hour after the change",
    ),
    Category.SECURITY: (
        "Name a commander and keep the circle small",
        "Keep the evidence: logs, disks, times, before anything is cleaned",
        "Contain it: block access, rotate keys and passwords",
        "Ask legal whether somebody must be told, and until when",
        "Ask for the post-mortem",
    ),
    Category.PERFORMANCE: (
        "Find what is short: processor, memory, disk, network, connections",
        "Compare with the load of a week ago",
        "Scale out or shed load, then look for the cause",
    ),
}


def in_force(category: Category, own: Checklist | None, at: datetime) -> Sequence[str]:
    """What the category's checklist said at this time."""
    said: Sequence[str] = BUILT_IN[category]
    for revision in own.revisions if own is not None else ():
        if revision.since <= at:
            said = revision.items
    return said


def rewrite(category: Category, own: Checklist | None, items: list[str], now: datetime) -> Checklist:
    """The checklist with these items from now on; what it said long ago is forgotten."""
    before = own or Checklist(id=category.value, revisions=[])
    return before.changed(revisions=[*before.revisions, ChecklistRevision(since=now, items=items)][-MAX_REVISIONS:])


def board_of(incident: Incident, stored: Board | None, own: Checklist | None) -> Board:
    """The tasks of an incident; the same before they are stored as after."""
    if stored is not None:
        return stored
    tasks = [
        Task(
            id=derive_id(incident.id, "checklist", number, prefix="tsk_")[:20],
            title=title,
            from_checklist=True,
            created_at=incident.created_at,
        )
        for number, title in enumerate(in_force(incident.category, own, incident.created_at))
    ]
    return Board(id=incident.id, tasks=tasks)


def insert_task(board: Board, body: TaskIn, id: str, now: datetime) -> Board:
    """The board with another task. Raises a 409 `Problem` when it is full."""
    if len(board.tasks) >= MAX_TASKS:
        raise conflict("too_many", f"An incident can have {MAX_TASKS} tasks at most.")
    task = Task(id=id, title=body.title, assignee_id=body.assignee_id, created_at=now)
    return board.changed(tasks=[*board.tasks, task])


def find_task(board: Board, id: str) -> Task:
    """The task with this id. Raises a 404 `Problem`."""
    for task in board.tasks:
        if task.id == id:
            return task
    raise not_found("task", id)


def patch_task(board: Board, id: str, patch: TaskPatch, author: str, now: datetime) -> Board:
    """The board after a task was changed. Raises a 404 `Problem` for no such task."""
    before = find_task(board, id)
    stated = {name: getattr(patch, name) for name in patch.model_fields_set}
    after = before.changed(**stated)
    if after.state is not before.state:
        over = after.state is not TaskState.OPEN
        after = after.changed(done_at=now if over else None, done_by=author if over else None)
    return board.changed(tasks=[after if task.id == id else task for task in board.tasks])


def describe_change(before: Task, after: Task) -> str | None:
    """What the timeline says of a change; None: nothing that others need to read."""
    if after.state is before.state:
        return None
    words = {TaskState.DONE: "task done", TaskState.SKIPPED: "task skipped", TaskState.OPEN: "task open again"}
    return f"{words[after.state]}: {after.title}"
