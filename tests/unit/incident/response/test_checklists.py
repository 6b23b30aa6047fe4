"""Checklists and tasks: an incident has the list of its day, and its tasks keep who did what."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.incident.response.checklists import (
    BUILT_IN,
    MAX_REVISIONS,
    MAX_TASKS,
    Board,
    Checklist,
    TaskIn,
    TaskPatch,
    TaskState,
    board_of,
    describe_change,
    in_force,
    insert_task,
    patch_task,
    rewrite,
)
from shared.problem import Problem
from shared.vocabulary import Category
from tests.unit.incident.builders import NOW, after, make_incident


def test_every_category_has_a_list() -> None:
    assert set(BUILT_IN) == set(Category)
    assert all(BUILT_IN.values())


def test_an_incident_has_the_list_that_was_in_force_when_it_began() -> None:
    first = rewrite(Category.FAILURE, None, ["look"], after(10))
    second = rewrite(Category.FAILURE, first, ["look", "mend"], after(20))
    said = [list(in_force(Category.FAILURE, second, after(second_))) for second_ in (0, 10, 19, 20)]
    assert said == [list(BUILT_IN[Category.FAILURE]), ["look"], ["look"], ["look", "mend"]]
    board = board_of(make_incident(created_at=after(15)), None, second)
    assert [(task.title, task.from_checklist) for task in board.tasks] == [("look", True)]
    assert board_of(make_incident(created_at=after(15)), None, second) == board


def test_a_list_forgets_what_it_said_long_ago() -> None:
    own: Checklist | None = None
    for number in range(MAX_REVISIONS + 5):
        own = rewrite(Category.CHANGE, own, [str(number)], after(number))
    assert own is not None
    assert (len(own.revisions), own.revisions[0].items) == (MAX_REVISIONS, ["5"])


def test_a_task_is_done_by_somebody_and_may_be_open_again() -> None:
    board = board_of(make_incident(), None, None)
    key = board.tasks[0].id
    done = patch_task(board, key, TaskPatch(state=TaskState.DONE), "sara", after(5))
    assert (done.tasks[0].done_by, done.tasks[0].done_at) == ("sara", after(5))
    assert describe_change(board.tasks[0], done.tasks[0]) == f"task done: {board.tasks[0].title}"
    again = patch_task(done, key, TaskPatch(state=TaskState.OPEN), "sara", after(6))
    assert again == board
    given = patch_task(board, key, TaskPatch(assignee_id="kenji"), "sara", after(7))
    assert describe_change(board.tasks[0], given.tasks[0]) is None
    assert patch_task(given, key, TaskPatch(assignee_id=None), "sara", after(8)) == board


def test_what_can_not_be_is_refused() -> None:
    board = board_of(make_incident(), None, None)
    with pytest.raises(Problem) as missing:
        patch_task(board, "tsk_x", TaskPatch(state=TaskState.DONE), "sara", NOW)
    with pytest.raises(ValidationError):
        TaskPatch(title="")
    assert missing.value.status == 404
    full = Board(id="x", tasks=[])
    for number in range(MAX_TASKS):
        full = insert_task(full, TaskIn(title="t"), f"tsk_{number}", NOW)
    with pytest.raises(Problem) as more:
        insert_task(full, TaskIn(title="t"), "tsk_more", NOW)
    assert more.value.code == "too_many"
