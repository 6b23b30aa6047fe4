"""Repeats cost a read and no write: their count is kept here and written at most once a minute for each alert.

The first repeat of an alert is due at once, later ones wait up to `HOLD`. Of those that wait the newest message is
kept whole, and is folded when they are due: so a resolve that overtook it can't swallow it. A process that dies loses
up to a minute's counts, which are advisory; what drains writes them first.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.ingest.intake import Taken

HOLD = timedelta(seconds=60)
MOST_KEYS = 50_000


@dataclass(frozen=True, slots=True)
class Held:
    """Repeats of one key that wait: how many beside the newest, and the newest itself."""

    newest: Taken
    more: int
    since: datetime


class Repeats:
    """One per process."""

    def __init__(self) -> None:
        self._written: OrderedDict[str, datetime] = OrderedDict()
        self._held: dict[str, Held] = {}

    def is_due(self, head: str, now: datetime) -> bool:
        """True when repeats of this key were not written within `HOLD`."""
        written = self._written.get(head)
        return written is None or now - written >= HOLD

    def hold(self, taken: Taken, count: int, now: datetime) -> None:
        """Keep `count` repeats of a key for later, of which `taken` is the newest."""
        held = self._held.get(taken.head)
        if held is None:
            self._held[taken.head] = Held(taken, count - 1, now)
        else:
            newest = max(held.newest, taken, key=lambda one: one.stamp)
            self._held[taken.head] = replace(held, newest=newest, more=held.more + count)

    def written(self, head: str, now: datetime) -> int:
        """Repeats of this key are being written: how many of those that waited go with them."""
        self._written[head] = now
        self._written.move_to_end(head)
        if len(self._written) > MOST_KEYS:
            self._written.popitem(last=False)
        held = self._held.pop(head, None)
        return held.more + 1 if held else 0

    def take_due(self, now: datetime, limit: int) -> list[Held]:
        """Up to `limit` keys' repeats that have waited long enough, taken out."""
        due = [head for head, held in self._held.items() if now - held.since >= HOLD][:limit]
        return [self._held.pop(head) for head in due]

    def take_all(self) -> list[Held]:
        """Everything that waits, taken out: the process drains."""
        held, self._held = list(self._held.values()), {}
        return held

    def give_back(self, held: Held) -> None:
        """What could not be written waits again."""
        self._held.setdefault(held.newest.head, held)
