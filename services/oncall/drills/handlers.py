"""News of incidents, before the engine hears them: drills take note of theirs, and a real one may end a drill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from services.oncall.directory.policy import Policy
from services.oncall.drills.course import DrillTurn, hear, stop
from services.oncall.drills.drill import Drill, DrillReason
from services.oncall.drills.paging import own_policy, policy_id, to_page
from services.oncall.drills.store import Drills, KeptDrill
from services.oncall.escalation.handlers import OPENED, IncidentHandler
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.outbox.races import decide_and_commit
from shared.problem import Problem
from shared.vocabulary import Urgency

Practised = tuple[Event, IncidentFact]


class DrillNews:
    """Stands between the bus and the engine. Real incidents go to the engine first, and as they are."""

    def __init__(self, drills: Drills, engine: IncidentHandler, clock: Now) -> None:
        self._drills = drills
        self._engine = engine
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Hand on what is real; then note what is a drill's, and hand it on as it is to be paged."""
        practised = [one for one in batch if _drill_of(one.payload) is not None]
        real = [one for one in batch if _drill_of(one.payload) is None]
        if real:
            await self._engine.handle(real)
        if practised:
            drills = await self._note(facts_of(practised, IncidentFact))
            await self._engine.handle([_as_paged(one, drills) for one in practised], _policies_of(drills.values()))
        for event, fact in facts_of(real, IncidentFact):
            await self._end_drills(event, fact)

    async def _note(self, told: Sequence[Practised]) -> dict[str, Drill]:
        """The drills of these incidents that are known, as they are once they have heard of them."""
        known: dict[str, Drill] = {}
        for drill_id in dict.fromkeys(fact.drill_id or "" for _, fact in told):
            own = [(event, fact) for event, fact in told if fact.drill_id == drill_id]
            after = await self._fold(drill_id, own)
            if after is not None:
                known[drill_id] = after
        return known

    async def _fold(self, drill_id: str, told: Sequence[Practised]) -> Drill | None:
        async def read() -> KeptDrill | None:
            return (await self._drills.get([drill_id])).get(drill_id)

        def decide(kept: KeptDrill | None) -> tuple[KeptDrill, DrillTurn] | None:
            if kept is None:
                return None
            turn, now = DrillTurn(kept.drill), self._clock.now()
            for event, fact in told:
                heard = hear(turn.drill, fact, event.sequence, now)
                turn = DrillTurn(heard.drill, is_told=turn.is_told or heard.is_told)
            return kept, turn

        async def commit(decided: tuple[KeptDrill, DrillTurn] | None) -> set[str]:
            if decided is None:
                return set()
            return set() if await self._drills.commit(*decided) else {drill_id}

        decided = await decide_and_commit(read, decide, commit)
        return decided[1].drill if decided is not None else None

    async def _end_drills(self, event: Event, fact: IncidentFact) -> None:
        """A real incident begins that wakes people: drills of its team end that were to."""
        if event.type != OPENED or fact.imported or fact.urgency is not Urgency.HIGH:
            return
        for one in await self._drills.running():
            plan = one.drill.plan
            is_theirs = fact.team == plan.team if plan.team is not None else fact.service_id == plan.service_id
            if plan.ends_on_real_incident and is_theirs:
                await stop_drill(self._drills, one.drill.id, DrillReason.REAL_INCIDENT, fact.id, self._clock)


async def stop_drill(drills: Drills, id_: str, reason: DrillReason, by: str, clock: Now) -> Drill | None:
    """Stop a drill, whatever it does meanwhile; None where there is nothing to stop any more."""

    async def read() -> KeptDrill:
        return (await drills.get([id_]))[id_]

    def decide(kept: KeptDrill) -> tuple[KeptDrill, DrillTurn]:
        return kept, stop(kept.drill, reason, by, clock.now())

    async def commit(decided: tuple[KeptDrill, DrillTurn]) -> set[str]:
        return set() if await drills.commit(*decided) else {id_}

    try:
        _, turn = await decide_and_commit(read, decide, commit)
    except Problem:
        return None
    return turn.drill


def _drill_of(event: Event) -> str | None:
    fact = event.data
    return fact.drill_id if isinstance(fact, IncidentFact) and not fact.imported else None


def _as_paged(delivery: Delivery[Event], drills: Mapping[str, Drill]) -> Delivery[Event]:
    fact = delivery.payload.data
    drill = drills.get(fact.drill_id or "") if isinstance(fact, IncidentFact) else None
    if drill is None or not isinstance(fact, IncidentFact):
        return delivery
    return replace(delivery, payload=delivery.payload.changed(data=to_page(drill, fact)))


def _policies_of(drills: Iterable[Drill]) -> dict[str, Policy]:
    return {policy_id(one): policy for one in drills if (policy := own_policy(one)) is not None}
