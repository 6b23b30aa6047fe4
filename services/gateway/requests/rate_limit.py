"""How much one caller may ask for: a token bucket that holds one second's worth.

Each gateway replica counts for itself; with n replicas a caller may reach n times the rate.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left to a caller: `tokens` requests at `at`, in seconds of any monotonic clock."""

    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class RateVerdict:
    """Whether one request goes through, what is left, and, when it does not, in how many seconds one would."""

    allowed: bool
    bucket: Bucket
    retry_after_seconds: float = 0.0


def take(bucket: Bucket | None, now: float, *, rate: float, burst: float | None = None) -> RateVerdict:
    """Ask for one request.

    `bucket` is what the last verdict left, None for a caller not seen before; `now` in seconds of the same clock;
    `rate` in requests per second; `burst` is how many may come at once (default: one second's worth, at least one).
    """
    most = max(1.0, rate if burst is None else burst)
    tokens = most if bucket is None else min(most, bucket.tokens + max(0.0, now - bucket.at) * rate)
    if tokens >= 1.0:
        return RateVerdict(allowed=True, bucket=Bucket(tokens - 1.0, now))
    return RateVerdict(allowed=False, bucket=Bucket(tokens, now), retry_after_seconds=(1.0 - tokens) / rate)


class Limiter:
    """The buckets of many callers, at most `capacity` of them: those seen longest ago are forgotten first."""

    def __init__(self, *, rate: float, burst: float | None = None, capacity: int = 10_000) -> None:
        self._rate = rate
        self._burst = burst
        self._capacity = capacity
        self._buckets: dict[str, Bucket] = {}

    def take(self, caller: str, now: float) -> RateVerdict:
        """Ask for one request of this caller at `now` (seconds of a monotonic clock)."""
        verdict = take(self._buckets.pop(caller, None), now, rate=self._rate, burst=self._burst)
        self._buckets[caller] = verdict.bucket
        if len(self._buckets) > self._capacity:
            del self._buckets[next(iter(self._buckets))]
        return verdict
