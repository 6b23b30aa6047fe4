"""A page: who is told by which method about what, under an id that is the same whenever its cause is.

One id for each incident, person, method, step, round, reason and triggering event, so a decision that is made twice
asks for the same page twice, and only one is sent.
"""

from __future__ import annotations

from datetime import datetime

from services.oncall.directory.people import Method, User
from services.oncall.escalation.escalation import Attempt, Escalation
from services.oncall.escalation.notification_rules import NoticeRule
from shared.events.oncall import ContactMethod, PagedUser, PageFact
from shared.ids import derive_id


def page_id(escalation: Escalation, user_id: str, method_id: str, step: int, round_: int) -> str:
    """The page's id: 32 hexadecimal characters."""
    return derive_id(
        escalation.incident.id, user_id, method_id, step, round_, escalation.reason.value, escalation.cause
    )


def page(
    escalation: Escalation, user_id: str, user: User, method: Method, now: datetime, *, at: tuple[int, int]
) -> PageFact:
    """The request for a page of the step and round `at`, made at `now`."""
    step, round_ = at
    return PageFact(
        page_id=page_id(escalation, user_id, method.id, step, round_),
        incident=escalation.incident,
        user=PagedUser(id=user_id, name=user.name, locale=user.locale, time_zone=user.time_zone),
        method=ContactMethod(id=method.id, channel=method.channel, address=method.address),
        urgency=escalation.urgency,
        step=step,
        round=round_,
        generation=escalation.generation,
        reason=escalation.reason,
        drill=escalation.drill,
        drill_runs_runbooks=escalation.drill_runs_runbooks,
        requested_at=now,
        first_of_service=step == 1 and round_ == 0,
        runbook=escalation.hold.failure if escalation.hold is not None else None,
    )


def attempt(asked: PageFact, cause: str, rule: NoticeRule | None) -> Attempt:
    """What the escalation remembers of a page it asked for."""
    return Attempt(
        page_id=asked.page_id,
        user_id=asked.user.id,
        method_id=asked.method.id,
        channel=asked.method.channel,
        step=asked.step,
        round=asked.round,
        generation=asked.generation,
        reason=asked.reason,
        cause=cause,
        urgency=asked.urgency,
        requested_at=asked.requested_at,
        rule=rule,
    )
