"""Whoever is on duty stays so when the order of a layer is edited: the holder keeps the running turn until its natural
end, and the new order goes on from the holder's new place.

Turns are counted from the layer's start, so a shorter or longer order would have somebody else on duty at once; how
many turns it is shifted makes up for that. Whoever left is followed by who stands in their place now: as far behind the
nearest one before them who stayed, but not past the nearest one after them who stayed. A place that is free on purpose
is nobody's turn in mid-turn: there the next person follows. Another beginning, or another rhythm, begins anew; another
time zone moves the handoffs and leaves the order as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile

from services.oncall.schedules.plan import Layer, Revision
from services.oncall.schedules.rotation import latest_turn

Order = Sequence[str | None]
"""The participants of a layer; somebody may have several places."""

NEIGHBOURS = 10
"""So many on each side tell one place of somebody from another."""


def turns_ahead(before: Revision, layers: Sequence[Layer], now: datetime) -> tuple[int, ...]:
    """By layer of a plan that holds from `now` on, after `before`, how many turns its order is shifted; empty: none."""
    known = match_layers(before.layers, layers)
    found = tuple(
        _shift(before, known[number], layer, now) if number in known else 0 for number, layer in enumerate(layers)
    )
    return found if any(found) else ()


def match_layers(before: Sequence[Layer], after: Sequence[Layer]) -> Mapping[int, int]:
    """Which layer of `before` each of `after` goes on from, both by their numbers: by name, then by people in common.

    Among those of one name the rhythm tells them apart, then people, then their places in the plan.
    """
    likely = []
    for new, layer in enumerate(after):
        for old, known in enumerate(before):
            common = len(set(filter(None, layer.participants)) & set(filter(None, known.participants)))
            is_namesake = layer.name == known.name
            if is_namesake or common:
                likely.append((not is_namesake, not _same_rhythm(known, layer), -common, abs(old - new), new, old))
    found: dict[int, int] = {}
    for *_, new, old in sorted(likely):
        if new not in found and old not in found.values():
            found[new] = old
    return found


def _shift(before: Revision, number: int, layer: Layer, now: datetime) -> int:
    """How many turns the order of a layer is shifted that goes on from layer `number` of `before`."""
    known, ahead = before.layers[number], before.ahead(number)
    if not _same_rhythm(known, layer) or not known.participants or not layer.participants:
        return 0
    if known.participants == layer.participants:
        return ahead
    latest = latest_turn(known, before.zone, now)
    if latest is None:
        return 0
    held = (latest.number + ahead) % len(known.participants)
    return (_place(known.participants, layer.participants, held, is_over=latest.is_over) - latest.number) % len(
        layer.participants
    )


def _place(old: Order, new: Order, held: int, *, is_over: bool) -> int:
    """The place in the new order that has the latest turn, which had the place `held` of the old one."""
    holder = old[held]
    if holder is not None and holder in new:
        return _place_of(old, new, held)
    place = _instead(old, new, held)
    if holder is None and new[place] is None:
        return place
    if is_over:
        return place - 1  # nobody follows in a turn that is over: who stands there has the next one
    ways = [(place + step) % len(new) for step in range(len(new))]
    return next((way for way in ways if new[way] is not None), place)


def _instead(old: Order, new: Order, held: int) -> int:
    """The place in the new order of whoever, or whatever gap, is where a holder stood who left, or a gap."""
    size = len(old)
    back = next((step for step in range(1, size) if _has_stayed(old[held - step], new)), None)
    if back is None:
        return held % len(new)
    ahead = next(step for step in range(1, size) if _has_stayed(old[(held + step) % size], new))
    before = _place_of(old, new, (held - back) % size)
    after = _place_of(old, new, (held + ahead) % size)
    between = (after - before) % len(new) or len(new)
    place = min(back, between)
    free = [step for step in range(1, between) if _at(new, before + step) is None]
    if old[held] is None and free:  # a gap between the same people is the same gap
        place = min(free, key=lambda step: abs(step - place))
    return (before + place) % len(new)


def _has_stayed(user: str | None, new: Order) -> bool:
    return user is not None and user in new


def _place_of(old: Order, new: Order, place: int) -> int:
    """Where somebody stands now who has a place in both orders: of several places the one among the same people."""
    places = [number for number, user in enumerate(new) if user == old[place]]
    return max(
        places, key=lambda one: (_alike(old, place, new, one, 1) + _alike(old, place, new, one, -1), one == place)
    )


def _alike(old: Order, place: int, new: Order, other: int, way: int) -> int:
    """How many neighbours these two places have in common without a break, looking onwards (1) or back (-1)."""
    steps = range(1, min(len(old), len(new), NEIGHBOURS + 1))
    return sum(1 for _ in takewhile(lambda step: _at(old, place + way * step) == _at(new, other + way * step), steps))


def _at(order: Order, place: int) -> str | None:
    return order[place % len(order)]


def _same_rhythm(one: Layer, other: Layer) -> bool:
    return (one.starts_at, one.rotation) == (other.starts_at, other.rotation)
