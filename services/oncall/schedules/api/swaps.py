"""`/schedules/{id}/swaps`: offers to give a span of one's own to somebody else. Responders make and take them."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.oncall.access import require_seen, require_team
from services.oncall.directory.api.editing import Editor, nothing_to_check, unknown
from services.oncall.directory.entry import Kind
from services.oncall.directory.store import DirectoryStore
from services.oncall.schedules.plan import Schedule, Swap, SwapRequest, SwapState, UserId
from services.oncall.schedules.revisions import from_now_on
from services.oncall.schedules.shifts import MOST_SHIFTS, extent
from services.oncall.schedules.swaps import add_offer, find_swap, take_offer, withdraw_offer
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.problem import invalid
from shared.vocabulary import Role
from shared.web import Caller, Page
from shared.web.merge_patch import refuse

LONGEST = timedelta(days=100)


class TakeRequest(BaseModel):
    """Who takes it."""

    user_id: UserId


def routes(directory: DirectoryStore, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["on-call"])
    editor = Editor(directory, Kind.SCHEDULE, Schedule, nothing_to_check, clock)

    @router.post("/schedules/{id}/swaps", status_code=201)
    async def offer_swap(id: str, body: SwapRequest, caller: Caller, response: Response) -> Swap:
        """Offer a span of somebody's time on call, from now on; it changes nobody until it is taken."""
        caller.require(Role.RESPONDER)
        await _require_user(directory, body.user_id)
        swap_id = fresh()

        def decide(schedule: Schedule) -> Schedule:
            require_team(caller, schedule.team)
            now = clock.now()
            wanted = from_now_on(body, now)
            if wanted.end - wanted.start > LONGEST or extent(schedule, wanted.start, wanted.end) > MOST_SHIFTS:
                raise invalid("/end", f"at most {LONGEST.days} days after start, with at most {MOST_SHIFTS} shifts")
            return add_offer(schedule, swap_id, wanted, now)

        entry = await editor.edit(id, None, decide)
        response.headers["Location"] = f"/schedules/{id}/swaps/{swap_id}"
        return find_swap(editor.content(entry), swap_id)

    @router.get("/schedules/{id}/swaps")
    async def list_swaps(id: str, caller: Caller, state: SwapState | None = None) -> Page[Swap]:
        """Every swap that the schedule remembers, the newest offer first."""
        caller.require(Role.VIEWER)
        schedule = editor.content(await editor.find(id))
        require_seen(caller, schedule.team, "schedule", id)
        items = [swap for swap in reversed(schedule.swaps) if state is None or swap.state is state]
        return Page(items=items, next_cursor=None)

    @router.get("/schedules/{id}/swaps/{swap_id}")
    async def read_swap(id: str, swap_id: str, caller: Caller) -> Swap:
        caller.require(Role.VIEWER)
        schedule = editor.content(await editor.find(id))
        require_seen(caller, schedule.team, "schedule", id)
        return find_swap(schedule, swap_id)

    @router.post("/schedules/{id}/swaps/{swap_id}/take")
    async def take_swap(id: str, swap_id: str, body: TakeRequest, caller: Caller) -> Swap:
        """Take it: from now on an override has this person in the place of the one who offered it."""
        caller.require(Role.RESPONDER)
        await _require_user(directory, body.user_id)
        override_id = fresh()

        def decide(schedule: Schedule) -> Schedule:
            require_team(caller, schedule.team)
            return take_offer(schedule, swap_id, body.user_id, override_id, clock.now())

        return find_swap(editor.content(await editor.edit(id, None, decide)), swap_id)

    @router.delete("/schedules/{id}/swaps/{swap_id}", status_code=204)
    async def withdraw_swap(id: str, swap_id: str, caller: Caller) -> None:
        """Withdraw an offer that nobody took."""
        caller.require(Role.RESPONDER)

        def decide(schedule: Schedule) -> Schedule:
            require_team(caller, schedule.team)
            return withdraw_offer(schedule, swap_id)

        await editor.edit(id, None, decide)

    return router


async def _require_user(directory: DirectoryStore, user_id: str) -> None:
    refuse(unknown("user", [("/user_id", user_id)], await directory.missing(Kind.USER, [user_id])))
