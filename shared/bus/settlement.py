"""How a message is settled: one table, in one place.

| what happened                              | verdict     |
| ------------------------------------------ | ----------- |
| handled, or a repeat that changed nothing  | ACK         |
| undecodable, of unknown type, domain never | DEAD_LETTER |
| the database or the broker is down         | WAIT        |
| failed by itself, below the limit          | RETRY       |
| failed by itself, at the limit             | DEAD_LETTER |
| the process is stopping                    | LEAVE       |
"""

from __future__ import annotations

import asyncio
from enum import StrEnum

from shared.events import Undecodable
from shared.failures import Never, is_dependency_failure

ATTEMPT_LIMIT = 5


class Verdict(StrEnum):
    """What becomes of a message."""

    ACK = "ack"
    DEAD_LETTER = "dead_letter"
    WAIT = "wait"
    RETRY = "retry"
    LEAVE = "leave"


def judge(error: BaseException | None, attempts: int, limit: int = ATTEMPT_LIMIT) -> Verdict:
    """The verdict on a message whose handling ended with `error` (None: well) at its `attempts`-th attempt (from 1)."""
    if error is None:
        return Verdict.ACK
    if isinstance(error, asyncio.CancelledError):
        return Verdict.LEAVE
    if isinstance(error, Never | Undecodable):
        return Verdict.DEAD_LETTER
    if is_dependency_failure(error):
        return Verdict.WAIT
    return Verdict.RETRY if attempts < limit else Verdict.DEAD_LETTER


def backoff_seconds(attempts: int, jitter: float) -> float:
    """How long to wait before the next attempt; `jitter` is in [0, 1). 0.1 s doubling to 2 s, half of it jitter."""
    full: float = min(0.1 * 2 ** (attempts - 1), 2.0)
    return full / 2 + full / 2 * jitter
