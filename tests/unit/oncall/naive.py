"""A second opinion on who is on call, slow and plain: it walks every unit from the start of the layer on."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.oncall.schedules.plan import Layer, Schedule

EVER = datetime(1970, 1, 1, tzinfo=UTC)


def instants_shown(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """All instants at which the clocks show `local`, found by looking at the clocks, in steps of a minute."""
    near = local.replace(tzinfo=UTC)
    guesses = (near + timedelta(minutes=minute) for minute in range(-27 * 60, 27 * 60))
    return [guess for guess in guesses if guess.astimezone(zone).replace(tzinfo=None) == local]


def first_after_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant, to the minute, at which the clocks show something later than `local`."""
    near = local.replace(tzinfo=UTC)
    guesses = (near + timedelta(minutes=minute) for minute in range(-27 * 60, 27 * 60))
    return next(guess for guess in guesses if guess.astimezone(zone).replace(tzinfo=None) > local)


def meant(local: datetime, zone: ZoneInfo, which: Callable[[list[datetime]], datetime] = min) -> datetime:
    """The instant a local time means: the first (or last) at which the clocks show it, else the end of the gap."""
    offsets = {local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    if len(offsets) == 1:
        return local.replace(tzinfo=zone).astimezone(UTC)
    shown = instants_shown(local, zone)
    return which(shown) if shown else first_after_gap(local, zone)


def begin_of(layer: Layer, unit: int) -> datetime:
    """The local begin of a unit, counted up one by one."""
    begin = layer.starts_at
    if layer.rotation.unit == "month":
        year, month = begin.year, begin.month
        for _ in range(unit):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return begin.replace(year=year, month=month, day=min(begin.day, monthrange(year, month)[1]))
    return begin + timedelta(**{f"{layer.rotation.unit}s": unit})


def layer_on_call(layer: Layer, zone: ZoneInfo, at: datetime) -> str | None:
    """Who holds the layer at `at`."""
    unit, person, held = 0, 0, 0
    while True:
        is_on = unit % layer.rotation.every == 0
        if meant(begin_of(layer, unit), zone) > at:
            return None
        if at < meant(begin_of(layer, unit + 1), zone):
            user = layer.participants[person % len(layer.participants)] if is_on else None
            return user if user and allowed(layer, zone, at) else None
        held += is_on
        if held == layer.rotation.turn_length:
            person, held = person + 1, 0
        unit += 1


def allowed(layer: Layer, zone: ZoneInfo, at: datetime) -> bool:
    """Whether some restriction lets the layer be on at `at`."""
    if not layer.restrictions:
        return True
    today = at.astimezone(zone).date()
    for restriction in layer.restrictions:
        for back in range(-2, 3):
            day = today - timedelta(days=back)
            if restriction.weekdays and day.strftime("%a").lower() in restriction.weekdays:
                begin = datetime.combine(day, restriction.start)
                end = datetime.combine(day, restriction.end)
                end = end if end > begin else end + timedelta(days=1)
                if meant(begin, zone) <= at < meant(end, zone, max):
                    return True
    return False


def on_call(schedule: Schedule, at: datetime) -> set[str]:
    """Who is on call by the plan alone, without overrides."""
    plan = schedule.revisions[0]
    holders = [(layer.priority, layer_on_call(layer, plan.zone, at)) for layer in plan.layers]
    top = max((priority for priority, user in holders if user), default=0)
    return {user for priority, user in holders if user and priority == top}
