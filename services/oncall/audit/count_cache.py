"""Numbers that take long to count, kept for a while after each count."""

from __future__ import annotations

from dataclasses import dataclass, field

REST = 20
"""A number is kept for so many times as long as it took to count it, while what it was counted by is the same."""
LONGEST_REST = 60.0
"""Seconds after which it is counted anew however long that takes."""
REMEMBERED = 100
"""Numbers that are kept at once."""


@dataclass(slots=True)
class CountCache:
    """Numbers by whose they are, each with the revision of what it was counted by. Times are seconds of one clock."""

    _kept: dict[tuple[str, ...], tuple[int, float, int]] = field(default_factory=dict)

    def get(self, whose: tuple[str, ...], revision: int, now: float) -> int | None:
        """The number that still stands; None when it must be counted."""
        counted_by, until, number = self._kept.get(whose, (revision, now, 0))
        return number if now < until and counted_by == revision else None

    def put(self, whose: tuple[str, ...], revision: int, number: int, *, began: float, ended: float) -> None:
        """Keep what was counted from `began` to `ended`, by what had this revision when it began."""
        if len(self._kept) >= REMEMBERED:
            self._kept.clear()
        self._kept[whose] = (revision, ended + min(REST * (ended - began), LONGEST_REST), number)
