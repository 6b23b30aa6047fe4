"""How many requests a key or an address may send: each has a second's worth, and a refusal says when one more may."""

from __future__ import annotations

import math
import time

from services.gateway.request import Call
from services.gateway.requests.headers import is_alertmanager
from services.gateway.requests.rate_limit import Limiter, RateVerdict
from shared.problem import Problem, unavailable


class RequestLimits:
    """Counts the requests of this replica. Each count raises a `Problem` for one too many: 429, Alertmanager's 503."""

    def __init__(self, rate: float) -> None:
        """`rate`: requests a second, for each key and for each address."""
        self._by_key = Limiter(rate=rate)
        self._by_address = Limiter(rate=rate)

    def count_key(self, call: Call, key_id: str) -> None:
        """Count a request of this key."""
        _require(call, self._by_key.take(key_id, time.monotonic()))

    def count_address(self, call: Call) -> None:
        """Count a request of its address."""
        _require(call, self._by_address.take(call.address, time.monotonic()))


def _require(call: Call, verdict: RateVerdict) -> None:
    if verdict.allowed:
        return
    seconds = max(1, math.ceil(verdict.retry_after_seconds))
    if is_alertmanager(call.path, call.query, call.user_agent):
        raise unavailable("More requests than the limit allows; send this one again.", seconds)
    raise Problem(429, "rate_limited", "More requests than the limit allows.", headers={"Retry-After": str(seconds)})
