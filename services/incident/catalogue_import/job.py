"""An import that takes longer than a caller waits: how far it has come, and how it ended.

Whoever asked is answered at once with where to look. A process that dies takes its imports with it; what is not heard
of for minutes is broken off, and the same file sent once more finishes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.incident.catalogue_import.plan import Action, Plan
from shared.problem import Problem
from shared.stored import Stored

SILENCE = timedelta(minutes=5)
"""One that has not been heard of for so long is broken off."""


class JobState(StrEnum):
    """Where an import is."""

    WAITING = "waiting"
    """Its turn has not come, or it is being decided."""
    WRITING = "writing"
    DONE = "done"
    REFUSED = "refused"
    """Nothing was changed; `problem` says why."""
    FAILED = "failed"
    """A part was down; the same file again does the rest."""
    BROKEN_OFF = "broken_off"

    @property
    def is_over(self) -> bool:
        """True when nothing more will happen."""
        return self not in (JobState.WAITING, JobState.WRITING)


class FaultView(BaseModel):
    """One thing that is wrong with the file, and where."""

    model_config = ConfigDict(frozen=True)

    pointer: str
    detail: str


class ProblemView(BaseModel):
    """Why an import was refused or failed."""

    model_config = ConfigDict(frozen=True)

    status: int
    code: str
    detail: str
    errors: list[FaultView] = []


class ImportJob(Stored):
    """An import as it is stored and shown; `written` of `total` services that change are written."""

    id: str
    state: JobState = JobState.WAITING
    written: int = 0
    total: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    problem: ProblemView | None = None
    teams: list[str] = []
    """Those that the key was limited to that asked for it."""
    begun_at: datetime
    seen_at: datetime
    """When it was last heard of."""

    def record_plan(self, plan: Plan, now: datetime) -> ImportJob:
        """The job when the plan is made: how much of each kind is to be written."""
        counts = {action: sum(one.action is action for one in plan.changes) for action in Action}
        return self.changed(
            state=JobState.WRITING,
            total=len(plan.changes),
            created=counts[Action.CREATE],
            updated=counts[Action.UPDATE],
            deleted=counts[Action.DELETE],
            unchanged=plan.unchanged,
            seen_at=now,
        )

    def record_written(self, services: int, now: datetime) -> ImportJob:
        """The job when `services` more are written; one that had to be decided again counts once."""
        return self.changed(written=min(self.total, self.written + services), seen_at=now)

    def record_done(self, now: datetime) -> ImportJob:
        """The job when everything is written."""
        return self.changed(state=JobState.DONE, written=self.total, seen_at=now)

    def record_failure(self, problem: Problem, now: datetime) -> ImportJob:
        """The job when it ended with this problem: refused below 500, else failed."""
        state = JobState.REFUSED if problem.status < 500 else JobState.FAILED
        errors = [FaultView(pointer=fault.pointer, detail=fault.detail) for fault in problem.errors]
        view = ProblemView(status=problem.status, code=problem.code, detail=problem.detail, errors=errors)
        return self.changed(state=state, problem=view, seen_at=now)

    def as_of(self, now: datetime) -> ImportJob:
        """The job as it is shown at `now`: broken off when its worker has been silent for too long."""
        if self.state.is_over or now - self.seen_at <= SILENCE:
            return self
        return self.changed(state=JobState.BROKEN_OFF)
