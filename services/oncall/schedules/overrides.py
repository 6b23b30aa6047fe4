"""What overrides change: they go over the plan one by one in the order they were made, so the later one wins.

`replace` without `replaces` takes its span from everybody, also where nobody was. With `replaces` it takes the span
from that person only: from the one who has it now, and from whoever an earlier override gave that person's place to.
`add` puts a person beside the others, `remove` takes one away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.oncall.schedules.plan import Override, OverrideKind

Source = tuple[int, int, int]
"""The revision, layer and turn that a place comes from: what a shift is cut by."""

NO_SOURCE: Source = (-1, -1, -1)
"""Of a place whose override has its span whole, whoever it took it from."""


@dataclass(frozen=True, slots=True)
class Place:
    """One person's place on call, or the place of somebody who was taken away (no user)."""

    user_id: str | None
    source: Source = NO_SOURCE
    override_id: str | None = None
    """The override that decided last, None while the plan decides."""
    displaced: frozenset[str] = frozenset()
    """Who had the place before."""

    def give_to(self, user_id: str | None, override: Override) -> Place:
        """The same place, taken from its holder by an override."""
        before = self.displaced if self.user_id is None else self.displaced | {self.user_id}
        return replace(self, user_id=user_id, override_id=override.id, displaced=before)


def apply_overrides(places: Sequence[Place], overrides: Sequence[Override]) -> list[Place]:
    """The places after these overrides, all of this time, in the order in which they were made."""
    now = list(places)
    for override in overrides:
        now = _apply(now, override)
    return [place for place in now if place.user_id is not None]


def _apply(places: list[Place], override: Override) -> list[Place]:
    user = override.user_id
    match override.kind:
        case OverrideKind.ADD:
            held = any(place.user_id == user for place in places)
            return places if held else [*places, Place(user, override_id=override.id)]
        case OverrideKind.REMOVE:
            return [place.give_to(None, override) if place.user_id == user else place for place in places]
        case OverrideKind.REPLACE if override.replaces is None:
            taken_all = [replace(place.give_to(user, override), source=NO_SOURCE) for place in places]
            return taken_all or [Place(user, override_id=override.id)]
        case OverrideKind.REPLACE:
            taken = override.replaces
            return [
                place.give_to(user, override) if taken == place.user_id or taken in place.displaced else place
                for place in places
            ]
