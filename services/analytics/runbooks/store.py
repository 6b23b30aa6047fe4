"""The copies of runbooks and of executions that ended, as each process follows them."""

from __future__ import annotations

from services.analytics.runbooks.ended_execution import EndedExecution
from services.analytics.runbooks.usage import RunbookRun
from shared.copies.following import Following
from shared.copies.replica import WRITTEN_AT
from shared.events.automation import RunbookFact
from shared.mongo import Document
from shared.runtime import Runtime

RUNBOOKS, EXECUTIONS = "runbooks", "executions"
"""Written by the service's own handlers."""
_FIELDS = ("id", "name", "team", "deleted")


class RunbookCopies:
    """What is followed of the copies."""

    def __init__(self, runtime: Runtime) -> None:
        self._database = runtime.database
        self._clock = runtime.clock
        runtime.indexes({name: [WRITTEN_AT] for name in (RUNBOOKS, EXECUTIONS)})

    def follow(self) -> tuple[Following, Following]:
        """The runbooks and the executions, each from its beginning."""
        runbooks, executions = (self._database.collection(name) for name in (RUNBOOKS, EXECUTIONS))
        of_runbook = {f"data.{field}": True for field in _FIELDS}
        return Following(runbooks, self._clock, wanted=of_runbook), Following(executions, self._clock)


def read_runbook(document: Document) -> RunbookFact:
    """A copy of a runbook: no more of it than counts tell."""
    return RunbookFact.model_validate(document["data"])


def read_run(document: Document) -> tuple[str, str, RunbookRun]:
    """The incident and the id of an execution, and how it went."""
    fact = EndedExecution.model_validate(document["data"])
    run = RunbookRun(fact.runbook_id, fact.runbook_name, fact.runbook_team, fact.succeeded, fact.began_at)
    return fact.incident_id, fact.id, run
