"""Pages wait in one line per destination, and destinations take turns: a slow or dead one delays nobody else's pages.

At most `at_once` pages are under way in all, and no more per destination than its channel says. Pure: it knows page
ids and counts, not deliveries, clocks or sockets.
"""

from __future__ import annotations

from collections import Counter, deque

from services.comms.delivery.circuit_breaker import Breaker


class SendQueue:
    """The waiting lines of one process."""

    def __init__(self, breaker: Breaker, at_once: int) -> None:
        self._breaker = breaker
        self._at_once = at_once
        self._lines: dict[str, deque[str]] = {}
        self._limits: dict[str, int] = {}
        self._under_way: Counter[str] = Counter()

    def __len__(self) -> int:
        return sum(len(line) for line in self._lines.values())

    @property
    def under_way(self) -> int:
        """How many pages were taken and not yet finished."""
        return self._under_way.total()

    def waiting(self, destination: str) -> int:
        """How many pages wait for this destination."""
        return len(self._lines.get(destination, ()))

    def put(self, page_id: str, destination: str, limit: int) -> None:
        """Put a page at the end of its destination's line; `limit` pages may be under way there."""
        self._limits[destination] = limit
        self._lines.setdefault(destination, deque()).append(page_id)

    def put_back(self, page_id: str, destination: str) -> None:
        """Put a page that was taken but could not be sent back at the head of its line."""
        self._lines.setdefault(destination, deque()).appendleft(page_id)
        self.release(destination)

    def release(self, destination: str) -> None:
        """Count a page that was taken as not sent; if it was to be a probe, another one may be."""
        self._breaker.probe_unused(destination)
        self.finish(destination)

    def take(self, now: float) -> list[tuple[str, str]]:
        """The pages to send now, as (page id, destination), one of each destination in turn."""
        taken: list[tuple[str, str]] = []
        room = self._at_once - self.under_way
        willing = deque(self._lines)
        while willing and room > len(taken):
            destination = willing.popleft()
            if self._under_way[destination] >= self._limits[destination]:
                continue
            if not self._breaker.may_send(destination, now):
                continue
            line = self._lines[destination]
            taken.append((line.popleft(), destination))
            self._under_way[destination] += 1
            if line:
                willing.append(destination)
            else:
                del self._lines[destination]
        self._turn(taken)
        return taken

    def finish(self, destination: str) -> None:
        """Count a page that was taken for this destination as no longer under way."""
        self._under_way[destination] -= 1
        if self._under_way[destination] <= 0:
            del self._under_way[destination]
            if destination not in self._lines:
                self._limits.pop(destination, None)

    def held_back_ids(self) -> list[str]:
        """The ids of all pages that wait for a destination whose circuit is open."""
        return [
            page_id for destination in self._breaker.open_destinations() for page_id in self._lines.get(destination, ())
        ]

    def _turn(self, taken: list[tuple[str, str]]) -> None:
        for _, destination in taken:  # who was served goes to the back
            if destination in self._lines:
                self._lines[destination] = self._lines.pop(destination)
