"""What follows an attempt that failed: another one, and when, or none. Pages and letters differ in patience only.

A destination that is down is asked again soon, however often it failed: its circuit, not the wait, protects it. One
that asks for patience gets it: the waits grow and the attempts are counted. How long trying goes on is counted from
the first attempt, not from the request: what waited through an outage of ours is still wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.comms.delivery.outcome import Outcome, OutcomeKind

RETRY_AFTER_LONGEST_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often something is tried."""

    try_for: timedelta
    max_busy: int
    down_longest_seconds: float
    busy_longest_seconds: float


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried before this attempt."""

    attempts: int
    busy_attempts: int
    since: datetime | None
    """When the first attempt was."""


class RetryReason(StrEnum):
    """Why there is another attempt, or none; the words are those of `delivery.Reason`."""

    DESTINATION_DOWN = "destination_down"
    DESTINATION_BUSY = "destination_busy"
    REFUSED = "refused"
    TRIED_TOO_LONG = "tried_too_long"
    TRIED_TOO_OFTEN = "tried_too_often"


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """What follows; `due_at` is None when nothing does."""

    why: RetryReason
    due_at: datetime | None = None


def after_failure(tried: Tried, outcome: Outcome, patience: Patience, now: datetime, jitter: float) -> NextAttempt:
    """What follows an attempt that was not a hand-over. `jitter` is a random number in [0, 1)."""
    if outcome.kind is OutcomeKind.REFUSED:
        return NextAttempt(RetryReason.REFUSED)
    if outcome.kind is OutcomeKind.BUSY and tried.busy_attempts + 1 >= patience.max_busy:
        return NextAttempt(RetryReason.TRIED_TOO_OFTEN)
    due_at = now + timedelta(seconds=wait_seconds(tried, outcome, patience, jitter))
    if due_at - (tried.since or now) > patience.try_for:
        return NextAttempt(RetryReason.TRIED_TOO_LONG)
    return NextAttempt(
        RetryReason.DESTINATION_DOWN if outcome.kind is OutcomeKind.DOWN else RetryReason.DESTINATION_BUSY, due_at
    )


def wait_seconds(tried: Tried, outcome: Outcome, patience: Patience, jitter: float) -> float:
    """How long to wait before the next attempt.

    Doubling from 1 s up to what patience says, between half of it and all of it by `jitter`. The provider's
    `Retry-After` is obeyed, up to five minutes.
    """
    if outcome.kind is OutcomeKind.DOWN:
        longest, step = patience.down_longest_seconds, 2.0 ** min(tried.attempts - tried.busy_attempts, 10)
    else:
        longest, step = patience.busy_longest_seconds, 2.0 ** min(tried.busy_attempts, 10)
    wait = min(step, longest) * (0.5 + jitter / 2)
    return max(wait, min(outcome.retry_after_seconds or 0.0, RETRY_AFTER_LONGEST_SECONDS))
