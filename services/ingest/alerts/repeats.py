"""Repeats cost a read and no write: their count is kept here and written at most once a minute for each alert.

The first repeat of an alert is due at once, later ones wait up to `HOLD`. Of those that wait the newest message is
kept whole, and is folded when they are due: so a resolve that overtook it can't swallow it. A process that dies loses
up to a minute's counts, which are advisory; what drains writes them first. A repeat that renews a promise which is
nearly over is not held back.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.ingest.intake.message import QueuedAlert

HOLD = timedelta(seconds=60)
MOST_KEYS = 50_000
RENEW = HOLD * 2
"""A promise that ends sooner than this is renewed at once."""


@dataclass(frozen=True, slots=True)
class Held:
    """Repeats of one key that wait: how many beside the newest, and the newest itself."""

    newest: QueuedAlert
    more: int
    since: datetime


def renews(before: datetime | None, after: datetime | None, now: datetime) -> bool:
    """True when a repeat moves the time at which its alert would become stale, and there is no time to hold it back."""
    return after != before and (before is None or before - now < RENEW)


class Repeats:
    """The repeats of this process that wait, by key."""

    def __init__(self) -> None:
        self._written: OrderedDict[str, datetime] = OrderedDict()
        self._held: dict[str, Held] = {}

    def is_due(self, head: str, now: datetime) -> bool:
        """True when repeats of this key neither wait nor were written within `HOLD`, or when too many keys wait."""
        if head in self._held:
            return False
        written = self._written.get(head)
        return written is None or now - written >= HOLD or len(self._held) >= MOST_KEYS

    def hold(self, taken: QueuedAlert, count: int, now: datetime) -> None:
        """Keep `count` repeats of a key for later, of which `taken` is the newest."""
        held = self._held.get(taken.head)
        if held is None:
            self._held[taken.head] = Held(taken, count - 1, now)
        else:
            newest = max(held.newest, taken, key=lambda one: one.stamp)
            self._held[taken.head] = Held(newest, held.more + count, held.since)

    def find(self, head: str) -> Held | None:
        """What waits of this key."""
        return self._held.get(head)

    def release(self, held: Held) -> None:
        """This was written along with something else of its key; what came after it waits on."""
        if self._held.get(held.newest.head) == held:
            del self._held[held.newest.head]

    def note_written(self, head: str, now: datetime) -> None:
        """Repeats of this key have been written."""
        self._written[head] = now
        self._written.move_to_end(head)
        if len(self._written) > MOST_KEYS:
            self._written.popitem(last=False)

    def take_due(self, now: datetime, limit: int) -> list[Held]:
        """Up to `limit` keys' repeats that have waited long enough, taken out, the longest waiting first."""
        due: list[str] = []
        for head, held in self._held.items():
            if len(due) == limit or now - held.since < HOLD:
                break
            due.append(head)
        return [self._held.pop(head) for head in due]

    def take_all(self) -> list[Held]:
        """Everything that waits, taken out: the process drains."""
        held, self._held = list(self._held.values()), {}
        return held
