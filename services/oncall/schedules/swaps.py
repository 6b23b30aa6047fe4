"""Swaps: somebody offers a span of their own time on call, and whoever takes it replaces that person there.

An offer that nobody took changes nobody. Taking it makes an override that takes the span from the one who offered it,
and from nobody else; taking that back is taking back the override. A taken or withdrawn offer is final.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.oncall.schedules.plan import OverrideKind, OverrideRequest, Schedule, Swap, SwapRequest, SwapState
from services.oncall.schedules.revisions import from_now_on, with_override
from services.oncall.schedules.shifts import shifts
from shared.problem import conflict, invalid, not_found

SWAP_LIMIT = 1000
"""Swaps that a schedule remembers: of those that are taken, withdrawn or over the oldest are forgotten first."""


def add_offer(schedule: Schedule, id_: str, wanted: SwapRequest, now: datetime) -> Schedule:
    """The schedule with this offer.

    Raises a `Problem`: 422 when the person is never on call in the span, 409 when too many offers are open.
    """
    wanted = from_now_on(wanted, now)
    if not _is_on_call(schedule, wanted.user_id, wanted.start, wanted.end):
        raise invalid("/user_id", f"{wanted.user_id} is never on call by this schedule from start to end")
    swap = Swap(id=id_, offered_at=now, **wanted.model_dump())
    return schedule.changed(swaps=[*_make_room(schedule.swaps, now), swap])


def take_offer(schedule: Schedule, id_: str, user_id: str, override_id: str, now: datetime) -> Schedule:
    """The schedule after this person took the offer, from `now` on.

    Raises a `Problem`: 404, 409 when it is gone or over or the time was given to somebody else meanwhile, 422 for
    oneself.
    """
    swap = _open(schedule, id_)
    if swap.end <= now:
        raise conflict("swap_is_over", "The time that was offered is over.")
    start = max(swap.start, now)
    if _is_given_away(schedule, swap) or not _is_on_call(schedule, swap.user_id, start, swap.end):
        raise conflict("swap_is_gone", f"{swap.user_id} gave this time, or a part of it, to somebody else meanwhile.")
    if user_id == swap.user_id:
        raise invalid("/user_id", "somebody else than the one who offers it")
    override = OverrideRequest(
        kind=OverrideKind.REPLACE, user_id=user_id, replaces=swap.user_id, start=start, end=swap.end
    )
    after = with_override(schedule, override_id, override)
    return _change_swap(after, swap, {"state": SwapState.TAKEN, "taken_by": user_id, "override_id": override_id})


def withdraw_offer(schedule: Schedule, id_: str) -> Schedule:
    """The schedule without the offer being open. Raises a `Problem`: 404, 409 when it is gone."""
    return _change_swap(schedule, _open(schedule, id_), {"state": SwapState.WITHDRAWN})


def find_swap(schedule: Schedule, id_: str) -> Swap:
    """The swap with this id. Raises a 404 `Problem` when there is none."""
    swap = next((one for one in schedule.swaps if one.id == id_), None)
    if swap is None:
        raise not_found("swap", id_)
    return swap


def _make_room(swaps: Sequence[Swap], now: datetime) -> list[Swap]:
    """These swaps without the oldest that are done, so that one more fits.

    Raises a 409 `Problem` when too many are open.
    """
    done = [one.id for one in swaps if one.state is not SwapState.OFFERED or one.end <= now]
    too_many = len(swaps) - SWAP_LIMIT + 1
    if too_many > len(done):
        raise conflict("too_many_swaps", f"A schedule has at most {SWAP_LIMIT} open offers at once.")
    forgotten = set(done[: max(too_many, 0)])
    return [one for one in swaps if one.id not in forgotten]


def _is_on_call(schedule: Schedule, user_id: str, start: datetime, end: datetime) -> bool:
    return any(shift.user_id == user_id for shift in shifts(schedule, start, end).shifts)


def _is_given_away(schedule: Schedule, swap: Swap) -> bool:
    """True where another offer of the same person, of a span that meets this one, was taken and still holds."""
    held = {override.id for override in schedule.overrides}
    return any(
        one.user_id == swap.user_id and one.override_id in held and one.start < swap.end and swap.start < one.end
        for one in schedule.swaps
    )


def _open(schedule: Schedule, id_: str) -> Swap:
    swap = find_swap(schedule, id_)
    if swap.state is not SwapState.OFFERED:
        raise conflict("swap_is_gone", f"This swap is {swap.state.value} already.")
    return swap


def _change_swap(schedule: Schedule, swap: Swap, fields: dict[str, object]) -> Schedule:
    swaps = [one.changed(**fields) if one.id == swap.id else one for one in schedule.swaps]
    return schedule.changed(swaps=swaps)
