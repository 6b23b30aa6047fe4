"""Whose turn it is in a layer: turns counted on the wall-clock grid that begins at `starts_at`.

The grid is local: unit k begins at `starts_at` plus k units on the wall clock, whatever the clocks did in between. So
a three-hour shift lasts two hours in spring and four in autumn, and a unit that falls into a gap has no length, but is
counted. A month rotation that began on the 29th, 30th or 31st hands off on the last day of a shorter month.

With `every` n the layer is on in the units 0, n, 2n, …; a turn counts only units in which the layer is on, so everybody
comes to his turn.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.oncall.schedules.plan import Layer, Unit
from shared.clocks.wallclock import instant, local

_LENGTH = {Unit.HOUR: timedelta(hours=1), Unit.DAY: timedelta(days=1), Unit.WEEK: timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch [start, end) of one person's turn without an interruption by `every`; no user: a deliberate gap."""

    start: datetime
    end: datetime
    user_id: str | None
    number: int
    """Counted from 0 at the layer's start; with `every` a turn may come in several stretches."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The turn that began last, and whether it is over: with `every` a while goes by before the next."""

    number: int
    is_over: bool


def latest_turn(layer: Layer, zone: ZoneInfo, at: datetime) -> Latest | None:
    """The turn that is on at this instant, or was on last where the layer is off; None before the first."""
    unit = _unit_at(layer, zone, at)
    if unit is None:
        return None
    met, off = divmod(unit, layer.rotation.every)
    return Latest(met // layer.rotation.turn_length, bool(off) and (met + 1) % layer.rotation.turn_length == 0)


def turn_at(layer: Layer, zone: ZoneInfo, at: datetime) -> int | None:
    """The number of the turn that is on at this instant; None before the layer's start and in units it is off."""
    unit = _unit_at(layer, zone, at)
    if unit is None or unit % layer.rotation.every:
        return None
    return unit // layer.rotation.every // layer.rotation.turn_length


def holder(layer: Layer, turn: int) -> str | None:
    """Whose turn it is; None when the place is left free on purpose."""
    return layer.participants[turn % len(layer.participants)] if layer.participants else None


def turns(layer: Layer, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Turn]:
    """The turns of a layer that meet [start, end), in order, uncut; turns of no length are left out."""
    first = _unit_at(layer, zone, start) or 0
    step, length = _stretch(layer)
    stretch = first // step
    begins = _instant_of(layer, zone, stretch * step)
    while begins < end:
        ends = _instant_of(layer, zone, stretch * step + length)
        if begins < ends and start < ends:
            turn = stretch * step // layer.rotation.every // layer.rotation.turn_length
            yield Turn(begins, ends, holder(layer, turn), turn)
        stretch += 1
        begins = ends if step == length else _instant_of(layer, zone, stretch * step)


def _stretch(layer: Layer) -> tuple[int, int]:
    """From one uninterrupted stretch to the next, and how long each is, both in units."""
    rotation = layer.rotation
    return (rotation.turn_length,) * 2 if rotation.every == 1 else (rotation.every, 1)


def _unit_at(layer: Layer, zone: ZoneInfo, at: datetime) -> int | None:
    """The last unit that has begun at this instant, None before the first.

    The wall clock gives a guess that is at most a few units off where clocks jump; the instants decide.
    """
    begin, wall = layer.starts_at, local(at, zone)
    if layer.rotation.unit is Unit.MONTH:
        unit = (wall.year - begin.year) * 12 + wall.month - begin.month
    else:
        unit = (wall - begin) // _LENGTH[layer.rotation.unit]
    if unit < -48:
        return None
    while _instant_of(layer, zone, unit + 1) <= at:
        unit += 1
    while unit >= 0 and _instant_of(layer, zone, unit) > at:
        unit -= 1
    return unit if unit >= 0 else None


def _instant_of(layer: Layer, zone: ZoneInfo, unit: int) -> datetime:
    return instant(_begin_of(layer, unit), zone)


def _begin_of(layer: Layer, unit: int) -> datetime:
    """The wall-clock time at which this unit begins."""
    begin = layer.starts_at
    if layer.rotation.unit is not Unit.MONTH:
        return begin + unit * _LENGTH[layer.rotation.unit]
    year, month = divmod(begin.year * 12 + begin.month - 1 + unit, 12)
    return begin.replace(year=year, month=month + 1, day=min(begin.day, monthrange(year, month + 1)[1]))
