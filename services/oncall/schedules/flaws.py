"""What can be written down and still makes no sense: plans that could never work.

A place that is left free is a deliberate gap; a layer of nothing but such places, or of none, is a flaw, and so is one
whose restrictions never meet its turns: whoever wrote it believes to be covered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from services.oncall.schedules.plan import LATEST, Layer, Revision, Unit
from services.oncall.schedules.rotation import turns
from shared.clocks.wallclock import instant
from shared.clocks.weekly_hours import windows

Flaw = tuple[str, str]
"""A JSON pointer and what is wrong there."""

_MOST_WORK = 4000
"""Turns times restrictions: a layer that would take longer to look through is believed."""
_ANY_WEEK = timedelta(days=9)
"""So much of a turn meets every hour of the week."""


def plan_faults(plan: Revision) -> Sequence[Flaw]:
    """What makes no sense about the layers of a plan."""
    found: list[Flaw] = []
    for number, layer in enumerate(plan.in_turn):
        pointer = f"/layers/{number}"
        empty = list(_of_no_length(layer, pointer))
        found += empty
        if not any(layer.participants):
            reason = "nobody of this layer is ever on call: it names no people; a plan may be without the layer instead"
            found.append((f"{pointer}/participants", reason))
        elif not empty and _never_meets(layer, plan.zone):
            found.append(
                (f"{pointer}/restrictions", "nobody of this layer is ever on call: its turns never meet these")
            )
    return found


def _of_no_length(layer: Layer, pointer: str) -> Iterator[Flaw]:
    for number, restriction in enumerate(layer.restrictions):
        if restriction.is_of_no_length:
            reason = "the same as from, so it has no length; the whole day is from 00:00 to 24:00"
            yield f"{pointer}/restrictions/{number}/to", reason


def _never_meets(layer: Layer, zone: ZoneInfo) -> bool:
    """True when the pattern of turns and hours, seen once as a whole, has nobody on call."""
    if not layer.restrictions:
        return False
    start = instant(layer.starts_at, zone)
    pattern = _pattern(layer)
    if pattern * len(layer.restrictions) > _MOST_WORK:
        return False
    return not any(
        turn.user_id is not None
        and windows(layer.restrictions, zone, turn.start, min(turn.end, turn.start + _ANY_WEEK))
        for turn in islice(turns(layer, zone, start, max(LATEST, start + timedelta(days=1))), pattern)
    )


def _pattern(layer: Layer) -> int:
    """After how many stretches the same person has the same hours of the week again; a month has all of them."""
    in_a_week = {Unit.HOUR: 168, Unit.DAY: 7, Unit.WEEK: 1, Unit.MONTH: 1}[layer.rotation.unit]
    each = layer.rotation.turn_length if layer.rotation.every > 1 else 1
    return in_a_week * each * len(layer.participants)
