"""How often one caller may ask for mail to be sent: a token bucket each; those seen longest ago are forgotten."""

from __future__ import annotations

BURST = 10.0
PER_SECOND = 1 / 6
MOST_CALLERS = 10_000


class SubscribeRateLimit:
    """The buckets."""

    def __init__(self, burst: float = BURST, per_second: float = PER_SECOND) -> None:
        self._burst = burst
        self._rate = per_second
        self._left: dict[str, tuple[float, float]] = {}

    def may(self, caller: str, now: float) -> bool:
        """True when this caller may try once more at `now`, in seconds of a clock that only goes forward."""
        left, at = self._left.pop(caller, (self._burst, now))
        left = min(self._burst, left + max(0.0, now - at) * self._rate)
        allowed = left >= 1
        self._left[caller] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_CALLERS:
            del self._left[next(iter(self._left))]
        return allowed
