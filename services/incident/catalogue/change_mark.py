"""A mark that moves with every change, and says what changed at its last moves: the catalogue's, the open incidents'.

Whoever keeps these in memory reads this one small document and, when it has moved, the things that it names. One
that lags behind further than the mark remembers, or behind a change of very many, reads them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOVES_KEPT = 100
MOST_IDS = 200
"""A change of more things than these is remembered as a change of all."""

Move = Sequence[str] | None
"""The ids of the things that changed together; None: any of them may have."""


@dataclass(frozen=True, slots=True)
class ChangeMark:
    """`moved` counts the moves; `last` has the newest of them, the newest at its end."""

    moved: int = 0
    last: Sequence[Move] = ()

    def since(self, moved: int) -> frozenset[str] | None:
        """The ids of what changed since the mark had moved so often; None: all may have."""
        missed = self.moved - moved
        if missed == 0:
            return frozenset()
        if not 0 < missed <= len(self.last):
            return None
        ids: set[str] = set()
        for move in self.last[-missed:]:
            if move is None:
                return None
            ids.update(move)
        return frozenset(ids)


def move_of(ids: Sequence[str]) -> Move:
    """A change of these as it is remembered."""
    return list(ids) if len(ids) <= MOST_IDS else None
