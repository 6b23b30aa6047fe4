"""How often a runbook ended the incidents of a problem. Pure.

It ended an incident when it was begun before the incident was resolved, and succeeded. Whether the incident would have
ended without it nobody knows; so how many it was run for is told beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.clocks.epoch import EPOCH
from shared.events.automation import RunbookFact

MOST_RUNBOOKS = 10


@dataclass(frozen=True, slots=True)
class RunbookRun:
    """One execution that ended."""

    runbook_id: str
    runbook_name: str
    team: str | None
    """The runbook's."""
    succeeded: bool
    began_at: datetime


@dataclass(frozen=True, slots=True)
class RunbookUse:
    """A runbook that ended `ended` of the incidents that it was run for, at least one."""

    id: str
    name: str
    ended: int
    ran_for: int

    @property
    def words(self) -> str:
        """How often it did, for people."""
        return f"ended {self.ended} of {self.ran_for}"


@dataclass(frozen=True, slots=True)
class RunbookHistory:
    """All executions that ended, by incident, and the runbooks as they are now, by id, deleted ones too."""

    runs: Mapping[str, Sequence[RunbookRun]] = field(default_factory=dict)
    runbooks: Mapping[str, RunbookFact] = field(default_factory=dict)

    def limited_to(self, teams: Sequence[str]) -> RunbookHistory:
        """What a key that is limited to `teams` (empty: not limited) may hear of: their runbooks and nobody's."""
        if not teams:
            return self
        seen = {
            incident: [one for one in runs if self._team_of(one) in (None, *teams)]
            for incident, runs in self.runs.items()
        }
        return replace(self, runs=seen)

    def uses(self, incidents: Iterable[tuple[str, datetime | None]]) -> list[RunbookUse]:
        """The runbooks that ended some of these incidents, each told by its id and when it was resolved; the one that
        ended most of them first. One that was deleted since is none any more.
        """
        names: dict[str, tuple[datetime, str]] = {}
        ran_for: dict[str, set[str]] = {}
        ended: dict[str, set[str]] = {}
        for incident, resolved_at in incidents:
            for run in self.runs.get(incident, ()):
                names[run.runbook_id] = max(names.get(run.runbook_id, (EPOCH, "")), (run.began_at, run.runbook_name))
                ran_for.setdefault(run.runbook_id, set()).add(incident)
                if run.succeeded and resolved_at is not None and run.began_at <= resolved_at:
                    ended.setdefault(run.runbook_id, set()).add(incident)
        found = [
            RunbookUse(key, self._name_of(key, names[key][1]), len(ended[key]), len(ran_for[key]))
            for key in ended
            if not self._is_deleted(key)
        ]
        return sorted(found, key=lambda one: (-one.ended, one.ran_for, one.name, one.id))[:MOST_RUNBOOKS]

    def _is_deleted(self, runbook_id: str) -> bool:
        known = self.runbooks.get(runbook_id)
        return known is not None and known.deleted

    def _name_of(self, runbook_id: str, then: str) -> str:
        known = self.runbooks.get(runbook_id)
        return known.name if known is not None else then

    def _team_of(self, run: RunbookRun) -> str | None:
        known = self.runbooks.get(run.runbook_id)
        return known.team if known is not None and not known.deleted else run.team


NO_HISTORY = RunbookHistory()
