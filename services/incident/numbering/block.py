"""Numbers that were taken ahead: as many as were needed lately, so that a busy hour asks its counter seldom. Pure.

They are kept for a moment only. Ids sort as incidents were made, so what one process keeps must not be given out long
after others have given out higher ones; what is not used in time is a gap.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

KEPT = timedelta(seconds=2)
MOST_AHEAD = 50


@dataclass(slots=True)
class NumberBlock:
    """What one process has in hand of one day's numbers: those after `given` up to `last`, until `KEPT` is over."""

    day: str = ""
    given: int = 0
    last: int = 0
    taken_at: datetime | None = None
    lately: deque[tuple[datetime, int]] = field(default_factory=deque)
    """When how many were given out, within `KEPT`."""

    def give(self, day: str, count: int, at: datetime) -> range | None:
        """`count` numbers of this day; None when so many are not in hand, and the counter must be asked."""
        is_fresh = self.taken_at is not None and timedelta() <= at - self.taken_at <= KEPT
        if day != self.day or not is_fresh or self.last - self.given < count:
            return None
        self.given += count
        self._note(count, at)
        return range(self.given - count + 1, self.given + 1)

    def ahead(self, at: datetime) -> int:
        """How many more to ask for than are needed."""
        self._forget(at)
        return min(sum(count for _, count in self.lately), MOST_AHEAD)

    def fill(self, day: str, count: int, last: int, *, asked: int, at: datetime) -> range:
        """Give the first `count` of the `asked` numbers up to `last`, which the counter gave, and keep the others."""
        self.day, self.given, self.last, self.taken_at = day, last - asked + count, last, at
        self._note(count, at)
        return range(last - asked + 1, self.given + 1)

    def _note(self, count: int, at: datetime) -> None:
        self._forget(at)
        self.lately.append((at, count))

    def _forget(self, at: datetime) -> None:
        while self.lately and not timedelta() <= at - self.lately[0][0] <= KEPT:
            self.lately.popleft()
