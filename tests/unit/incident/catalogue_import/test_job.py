"""How far an import has come that nobody waits for, and how it ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.incident.catalogue_import.job import SILENCE, ImportJob, JobState
from services.incident.catalogue_import.plan import Action, Plan, Planned
from shared.problem import Problem, invalid, unavailable
from tests.unit.incident.builders import NOW, after
from tests.unit.incident.maps import service_of

PLAN = Plan([Planned(Action.CREATE, None, service_of("web")), Planned(Action.UPDATE, None, service_of("api"))], 3)
BEGUN = ImportJob(id="imp_1", begun_at=NOW, seen_at=NOW)


def test_it_counts_what_is_written_of_what_changes() -> None:
    job = BEGUN.record_plan(PLAN, after(1)).record_written(1, after(2))
    assert (job.state, job.written, job.total) == (JobState.WRITING, 1, 2)
    assert (job.created, job.updated, job.deleted, job.unchanged) == (1, 1, 0, 3)


def test_what_had_to_be_decided_again_is_not_counted_twice() -> None:
    assert BEGUN.record_plan(PLAN, NOW).record_written(2, NOW).record_written(1, NOW).written == 2


@pytest.mark.parametrize(
    "problem, state",
    [(invalid("/services/0/name", "a service needs a name"), JobState.REFUSED), (unavailable("down"), JobState.FAILED)],
    ids=["the_file", "a_part"],
)
def test_an_end_says_whose_fault_it_was_and_where(problem: Problem, state: JobState) -> None:
    job = BEGUN.record_failure(problem, after(5))
    assert job.state is state
    assert job.problem is not None
    assert [fault.pointer for fault in job.problem.errors] == [fault.pointer for fault in problem.errors]


@pytest.mark.parametrize(
    "job, silent, state",
    [
        (BEGUN, SILENCE, JobState.WAITING),
        (BEGUN, SILENCE + timedelta(seconds=1), JobState.BROKEN_OFF),
        (BEGUN.record_plan(PLAN, NOW), SILENCE + timedelta(seconds=1), JobState.BROKEN_OFF),
        (BEGUN.record_done(NOW), timedelta(days=6), JobState.DONE),
    ],
    ids=["in_time", "never_begun", "in_the_middle", "over"],
)
def test_an_import_that_is_not_heard_of_is_broken_off(job: ImportJob, silent: timedelta, state: JobState) -> None:
    assert job.as_of(NOW + silent).state is state
