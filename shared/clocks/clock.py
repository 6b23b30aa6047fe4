"""One notion of now for a process: the database's clock, which leases and due times are compared with.

A process's own clock is only the carrier: `Clock.offset` is how far the database is from it, measured at the
start and every few seconds. A test may push all clocks forward through a file (`TOCSIN_TEST_CLOCK`).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Now(Protocol):
    """Anything that tells the time; what shells take so that tests can pass their own."""

    def now(self) -> datetime:
        """The present instant, timezone-aware, in UTC."""


class Clock:
    """The process clock, corrected to the database's."""

    #: a process whose clock is further off than this is not ready
    MAX_SKEW = timedelta(seconds=1)

    def __init__(self, test_file: Path | None = None) -> None:
        self.offset = timedelta()
        self._test_file = test_file
        self._test_read_at = 0.0
        self._test_shift = timedelta()

    def now(self) -> datetime:
        """The present instant in UTC, as the database would tell it, cut to the millisecond that it stores."""
        moment = datetime.now(UTC) + self.offset
        if self._test_file is not None:
            moment += self._shift()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    @property
    def can_jump(self) -> bool:
        """True when a test may push it forward."""
        return self._test_file is not None

    @property
    def skew_ok(self) -> bool:
        """False when this process's own clock is more than `MAX_SKEW` off the database's."""
        return abs(self.offset) <= self.MAX_SKEW

    def _shift(self) -> timedelta:
        if time.monotonic() - self._test_read_at > 0.02:
            self._test_read_at = time.monotonic()
            try:
                text = self._test_file.read_text().strip() if self._test_file else ""
            except FileNotFoundError:
                text = ""
            self._test_shift = timedelta(seconds=float(text or 0))
        return self._test_shift


class FixedClock:
    """A clock for tests: stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The instant it was set to."""
        return self._at

    def advance(self, **delta: float) -> datetime:
        """Move forward by `timedelta(**delta)` and tell the new time."""
        self._at += timedelta(**delta)
        return self._at


NAP_SECONDS = 0.05
"""How long may be slept between two looks at a clock that a test may push forward."""


def longest_nap(clock: Now) -> float:
    """Seconds that may be slept without looking at the clock again."""
    return NAP_SECONDS if isinstance(clock, FixedClock) or (isinstance(clock, Clock) and clock.can_jump) else 3600.0
