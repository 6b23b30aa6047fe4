"""The worker that begins drills, sends their alerts when their time has come, and scores those that are over.

Every replica does so; what it writes is guarded by versions, so each alert is sent by one of them.
"""

from __future__ import annotations

from services.oncall.drills.course import DrillTurn, tick
from services.oncall.drills.drill import Drill
from services.oncall.drills.scoring import score
from services.oncall.drills.store import Drills, KeptDrill
from services.oncall.escalation.store.escalations import Escalations
from shared.clocks.clock import Now
from shared.events.oncall import DrillState

LOOK_SECONDS = 4.0
MOST = 100


class Conductor:
    """Takes up what is due of drills."""

    def __init__(self, drills: Drills, escalations: Escalations, clock: Now) -> None:
        self._drills = drills
        self._escalations = escalations
        self._clock = clock
        self._work = drills.due_work(self._sweep, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Do so for ever."""
        await self._work.run()

    async def _sweep(self) -> bool:
        due = await self._drills.due(self._clock.now(), MOST)
        written = [await self._drills.commit(one, await self._decide(one)) for one in due]
        return len(due) == MOST and any(written)

    async def _decide(self, kept: KeptDrill) -> DrillTurn:
        drill, now = kept.drill, self._clock.now()
        if drill.state is not DrillState.FINISHED:
            return tick(drill, now)
        return DrillTurn(await self.score(drill), is_told=True)

    async def score(self, drill: Drill) -> Drill:
        """The drill with its score."""
        known = await self._escalations.get([one.id for one in drill.incidents])
        attempts = {key: kept.escalation.attempts for key, kept in known.items()}
        return drill.changed(score=score(drill, attempts, await self._drills.last_of_kind(drill)))
