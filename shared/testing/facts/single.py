"""Examples of who was on call, and of what a service asks to hear again."""

from __future__ import annotations

from datetime import date

from shared.events.control import ReplayRequest
from shared.events.oncall import DutyFact, DutyTurn
from shared.testing.story import at


def duty() -> DutyFact:
    """Sara was on call for two hours of the story's day."""
    return DutyFact(
        id="payments-weekly:2026-03-29",
        schedule_id="payments-weekly",
        team="payments",
        day=date(2026, 3, 29),
        until=at(7200),
        turns=[DutyTurn(user_id="sara", start=at(0), end=at(7200), time_zone="Asia/Tehran")],
    )


def replay_request() -> ReplayRequest:
    """On-call asks, and wants to know when that was all."""
    return ReplayRequest(types=["service.changed.v1", "user.changed.v1"], reply_to="oncall", tells_end=True)
