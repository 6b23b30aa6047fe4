"""`POST /rehearsals`: who would be paged, over what and when, should this alert come then. Nothing is sent or stored.

What an alert would be and which incident it would be in is not on-call's to say: the gateway has asked ingest and the
incident service before, in the caller's name, and hands their answers along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fastapi import APIRouter

from services.oncall.access import require_seen
from services.oncall.directory.entry import Kind
from services.oncall.directory.snapshot import Directory
from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.store.escalations import Escalations
from services.oncall.escalation.store.turns import Turns
from services.oncall.rehearsals.override_changes import find_override_changes, schedules_in_play
from services.oncall.rehearsals.runbook_changes import find_runbook_changes, starting_runbooks
from services.oncall.rehearsals.simulation import News, Rehearsed, turns_in_play, with_turns
from services.oncall.rehearsals.views import (
    Changes,
    PreparedAnswer,
    RehearsalIn,
    RehearsalView,
    RehearsedOverride,
    show_rehearsal,
)
from services.oncall.runbook_copies.store import RunbookCopies
from services.oncall.schedules.revisions import with_override
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import invalid, unavailable
from shared.process.off_loop import OffLoop
from shared.vocabulary import Role
from shared.web import Caller

LONGEST = timedelta(days=400)
"""So far from now is rehearsed, before and after."""
RUN = timedelta(days=60)
"""The past of schedules is read so far on from the instant."""


def routes(
    directory: DirectoryStore,
    escalations: Escalations,
    turns: Turns,
    runbooks: RunbookCopies,
    off_loop: OffLoop,
    *,
    clock: Now,
) -> APIRouter:
    """The endpoint."""
    router = APIRouter(tags=["on-call"])

    async def gather(prepared: PreparedAnswer) -> list[News]:
        known = await escalations.get([one.fact.id for one in prepared.incidents if not one.opens])
        return [
            News(one.fact, one.sequence, known[one.fact.id].escalation if one.fact.id in known else None)
            for one in prepared.incidents
        ]

    async def plans(
        news: Sequence[News], wanted: Sequence[RehearsedOverride], at: datetime, caller: Identity
    ) -> Directory:
        """The directory, its schedules with as much of their past as is asked for, and with the overrides wanted."""
        await directory.look()
        now = directory.now.freeze()
        schedules = dict(now.schedules)
        for key in schedules_in_play(news, now):
            schedules[key] = await directory.volumes.read_whole(schedules[key], at, at + RUN)
        for number, one in enumerate(wanted, start=1):
            schedule = schedules.get(one.schedule_id)
            if schedule is None:
                raise invalid(
                    f"/overrides/{number - 1}/schedule_id", f"there is no schedule with the id {one.schedule_id!r}"
                )
            require_seen(caller, schedule.team, Kind.SCHEDULE.value, one.schedule_id)
            schedules[one.schedule_id] = with_override(schedule, f"rehearsed-{number}", one)
        return replace(now, schedules=schedules, runbooks=await runbooks.read())

    @router.post("/rehearsals")
    async def rehearse(body: RehearsalIn, caller: Caller) -> RehearsalView:
        """Who would be paged, over what, at which minute and why, up to exhaustion, if nobody answered.

        Every page is taken to be handed over. Incidents that are open count as they are now; at an instant that is past
        nothing is open, and people are on call as they were then. Runbooks that would start by themselves are taken to
        neither fail nor end the trouble: pages wait for them as long as they may.
        """
        caller.require(Role.RESPONDER)
        prepared = _require_prepared(body, clock.now())
        news = await gather(prepared)
        plan = await plans(news, body.overrides, prepared.at, caller)
        taken = await turns.read(turns_in_play(news, plan))

        def compute() -> tuple[Rehearsed, Changes]:
            rehearsed = with_turns(taken, plan).run(news, prepared.at)
            overrides = find_override_changes(rehearsed, news, plan, taken, prepared.at)
            return rehearsed, Changes(overrides, find_runbook_changes(rehearsed, news, plan, taken, prepared.at))

        # a policy that repeats often takes a while: pages must not wait for it
        rehearsed, changes = await off_loop.run(compute)
        withheld = [bool(caller.teams) and one.fact.team not in caller.teams for one in prepared.incidents]
        starting = [starting_runbooks(one, plan) for one in news]
        return show_rehearsal(prepared, rehearsed, changes, starting, withheld)

    return router


def _require_prepared(body: RehearsalIn, now: datetime) -> PreparedAnswer:
    """What the gateway was told. Raises a 422 `Problem` for a body that asks for nothing, or for what is too far."""
    if (body.alert is None) is (body.incident is None):
        raise invalid("/alert", "an alert or an incident, and not both")
    if body.at is not None and not now - LONGEST <= body.at <= now + LONGEST:
        raise invalid("/at", f"at most {LONGEST.days} days from now")
    if body.prepared is None:
        raise unavailable("What this would become can't be told just now; nothing was done.")
    return body.prepared
