"""When each team is next told what is wrong with who is on call: one document a team, its telling in its outbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.events import make
from shared.events.oncall import AuditFact
from shared.outbox.aggregates import Change
from shared.runtime import Runtime

COLLECTION = "audits"


@dataclass(frozen=True, slots=True)
class Appointment:
    """When a team is looked at next, and the version that this was read at; 0: it has none yet."""

    team_id: str
    version: int = 0
    due_at: datetime | None = None


class Audits:
    """The questions that are asked of them."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION)
        self._collection = runtime.database.collection(COLLECTION)

    async def due(self, teams: Collection[str], now: datetime) -> list[Appointment]:
        """The teams whose time has come, and those that have no time yet."""
        known = {
            document["_id"]: document async for document in self._collection.find({}, projection={"outbox": False})
        }
        appointments = [
            Appointment(team, known[team]["version"], known[team]["due_at"]) if team in known else Appointment(team)
            for team in sorted(teams)
        ]
        return [one for one in appointments if one.due_at is None or one.due_at <= now]

    async def keep(self, told: Mapping[Appointment, AuditFact | None], now: datetime, due_at: datetime) -> None:
        """Put these teams off until `due_at` and tell what there is; another process that was faster has told it."""
        await self._aggregates.commit(
            Change(
                one.team_id,
                one.version,
                {"due_at": due_at},
                [make("audit.made.v1", subject=one.team_id, sequence=one.version + 1, time=now, data=fact)]
                if fact is not None
                else (),
            )
            for one, fact in told.items()
        )
