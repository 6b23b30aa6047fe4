"""How an escalation goes on by itself: step after step, round after round, and on to the next method after a failure.

The timeout of a step runs from the instant the engine starts it. Who is on call is asked at that instant. A step with
nobody on call is skipped at once; a round-robin step tells one of its people, in turn. `repeat` n starts over n times;
then the escalation is exhausted. Pages of delayed rules stay due whatever step comes next, until somebody answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.oncall.directory import policy as policy_rules
from services.oncall.directory.policy import Snapshot, TargetType, Via
from services.oncall.directory.snapshot import Directory, people_of
from services.oncall.escalation import notification_rules as notification
from services.oncall.escalation import page_request as paging
from services.oncall.escalation.escalation import ATTEMPT_LIMIT, Attempt, Decision, Escalation, PendingPage, Reason
from shared.events.incidents import Position
from shared.events.oncall import EscalationState, PageFact, PageResult, PageState
from shared.ids import derive_id


@dataclass(frozen=True, slots=True)
class Asked:
    """A page that is asked for, and the rule by which its method was chosen."""

    page: PageFact
    rule: notification.NoticeRule | None


def start_step(
    escalation: Escalation, policy: Snapshot, directory: Directory, now: datetime, *, at: tuple[int, int]
) -> Decision:
    """Start the step and round `at`, or the next one after it that has anybody; none left: exhausted, or nobody.

    A round beyond `repeat` is walked to its end when it is asked for.
    """
    step, round_ = at
    last = max(policy.repeat, round_)
    while round_ <= last:
        while step <= len(policy.steps):
            escalation = escalation.changed(step=step, round=round_)
            via = directory.resolve(policy.steps[step - 1].targets, now)
            if people_of(via):
                return _begin(escalation, policy, via, directory, now)
            escalation = escalation.note(Reason.STEP_SKIPPED, now, via=via)
            step += 1
        if not escalation.has_reached_in(round_):
            fallen = fall_back(escalation, directory, now)
            if fallen is not None:
                return fallen
        step, round_ = 1, round_ + 1
    return _end(escalation, now)


def _end(escalation: Escalation, now: datetime) -> Decision:
    """The end when no step is left: exhausted, or nobody was on call or could be reached."""
    reason, state = Reason.EXHAUSTED, EscalationState.EXHAUSTED
    if not escalation.reached:
        lost = any(one.cause == escalation.cause for one in escalation.attempts)
        reason, state = Reason.NOBODY_REACHED if lost else Reason.NOBODY_ON_CALL, EscalationState.NOBODY
    ended = escalation.changed(state=state, next_step_at=None, notified=()).note(reason, now)
    return Decision(ended, told=reason)


def fall_back(escalation: Escalation, directory: Directory, now: datetime) -> Decision | None:
    """Begin with the first policy that takes over and means anybody now; None where there is none, or no need.

    Its pages are pages of a start of its own: whoever was paged in vain by a step is paged by it again.
    """
    if not escalation.is_grave:
        return None
    policies = policy_rules.fallbacks(
        escalation.policy, escalation.choice, directory.default_policy, directory.policies
    )
    for snapshot, choice in policies:
        if not any(people_of(directory.resolve(step.targets, now)) for step in snapshot.steps):
            continue
        fallen = escalation.note(Reason.FELL_BACK, now).changed(
            policy=snapshot,
            choice=choice,
            own_policy=escalation.policy if escalation.own_choice is None else escalation.own_policy,
            own_choice=escalation.own_choice or escalation.choice,
            cause=derive_id(escalation.cause, "fallback", choice.value),
            moved_on_from=None,
            step=0,
            round=0,
            pending=(),
        )
        return start_step(fallen, snapshot, directory, now, at=(1, 0))
    return None


def start_step_by_hand(
    escalation: Escalation, policy: Snapshot, stood: Position, directory: Directory, now: datetime
) -> Decision:
    """Start the step after `stood`, where somebody escalated by hand; nothing changes when it is further already."""
    if (escalation.round, escalation.step) > (stood.round, stood.step):
        return Decision(escalation)
    return start_step(escalation.note(Reason.BY_HAND, now), policy, directory, now, at=step_after(policy, stood))


def step_after(policy: Snapshot, stood: Position) -> tuple[int, int]:
    """The step and round after this position; after the last step the first of another round."""
    return (stood.step + 1, stood.round) if stood.step < len(policy.steps) else (1, stood.round + 1)


def method_failed(escalation: Escalation, result: PageResult, directory: Directory, now: datetime) -> Decision | None:
    """What follows a page's first failure, be it for good or to be tried again: the next method, at once.

    When with it the last page of a round is lost for good, another policy takes over. None when nothing follows:
    somebody answered, the failure is known already, or the page is not of this start.
    """
    failed = next((one for one in escalation.attempts if one.page_id == result.page_id), None)
    if result.state is not PageState.FAILED or failed is None or failed.cause != escalation.cause:
        return None
    is_lost = result.permanent or failed.lost
    if not escalation.is_paging or (failed.failed and failed.lost is is_lost):
        return None
    changed = failed.changed(failed=True, lost=is_lost)
    attempts = tuple(changed if one is failed else one for one in escalation.attempts)
    escalation = escalation.changed(attempts=attempts)
    decision = Decision(escalation) if failed.failed else _next_method(escalation, changed, directory, now)
    return fall_back_if_lost(decision, changed.round, directory, now)


def fall_back_if_lost(decision: Decision, round_: int, directory: Directory, now: datetime) -> Decision:
    """The decision, and where it leaves nobody who was or will be reached by this round, what takes over at once.

    Where nothing is left to take over, and no round to come, the end is told at once too.
    """
    lost, copied = decision.escalation, decision.escalation.policy
    if decision.pages or not lost.is_grave or not _is_round_lost(lost, round_, directory, now):
        return decision
    fallen = fall_back(lost, directory, now)
    if fallen is None and copied is not None and round_ >= copied.repeat:
        return _end(lost, now)
    return fallen or decision


def _is_round_lost(escalation: Escalation, round_: int, directory: Directory, now: datetime) -> bool:
    """True when nobody was reached by this round, and nobody will be by what is left of it."""
    copied = escalation.policy
    if copied is None or escalation.round != round_ or escalation.has_reached_in(round_):
        return False
    return not any(people_of(directory.resolve(step.targets, now)) for step in copied.steps[escalation.step :])


def _next_method(escalation: Escalation, failed: Attempt, directory: Directory, now: datetime) -> Decision:
    attempts = escalation.attempts
    at = (failed.step, failed.round)
    step = [one for one in attempts if (one.step, one.round, one.cause) == (*at, failed.cause)]
    waiting = [page for page in escalation.pending if page.user_id == failed.user_id and (page.step, page.round) == at]
    tried = {one.method_id for one in step if one.user_id == failed.user_id}
    user = directory.users.get(failed.user_id)
    method_id = notification.next_method(user, [page.method_id for page in waiting], tried) if user else None
    if not method_id:
        return Decision(escalation.note(Reason.NO_METHOD_LEFT, now, [failed.user_id], [failed.method_id]))
    rest = tuple(page for page in escalation.pending if page not in waiting[:1])
    now_due = PendingPage(
        user_id=failed.user_id,
        method_id=method_id,
        due_at=now,
        step=at[0],
        round=at[1],
        rule=notification.NoticeRule.NEXT_METHOD,
    )
    asked, gone = _ask_for(escalation, [now_due], directory, now)
    escalation = _remember(escalation.changed(pending=rest), asked, gone, now)
    return Decision(escalation.note(Reason.NEXT_METHOD, now, [failed.user_id], [method_id]), _pages(asked))


def _begin(
    escalation: Escalation, policy: Snapshot, via: Sequence[Via], directory: Directory, now: datetime
) -> Decision:
    step = policy.steps[escalation.step - 1]
    told = people_of(via)
    turn = policy.turn_of(escalation.step)
    if turn is not None:
        told = [told[directory.turns.get(turn, 0) % len(told)]]
    by_mail = any(target.type is TargetType.ADMINS for target in step.targets)
    planned = [
        PendingPage(
            user_id=user,
            method_id=notice.method_id,
            due_at=now + timedelta(seconds=notice.after_seconds),
            step=escalation.step,
            round=escalation.round,
            rule=notice.rule,
        )
        for user in told
        for notice in notification.notices(directory.users[user], escalation.urgency, by_mail=by_mail)
    ]
    asked, gone = _ask_for(escalation, [page for page in planned if page.due_at <= now], directory, now)
    pages = _pages(asked)
    if (escalation.step, escalation.round) == (1, 0) and escalation.hold is None:
        pages = tuple(page.changed(caused_at=escalation.caused_at) for page in pages)
    later = sorted(
        [*escalation.pending, *(page for page in planned if page.due_at > now)], key=lambda page: page.due_at
    )
    escalation = escalation.changed(state=EscalationState.RUNNING, pending=tuple(later), notified=tuple(told))
    escalation = escalation.waits_until(step.timeout_seconds, now).note(Reason.STEP_STARTED, now, told, via=via)
    return Decision(_remember(escalation, asked, gone, now), pages, Reason.STEP_STARTED, turn)


def take_due_pages(
    escalation: Escalation, directory: Directory, now: datetime
) -> tuple[Escalation, tuple[PageFact, ...]]:
    """The pages whose time has come, and the escalation in which they no longer wait."""
    due = [page for page in escalation.pending if page.due_at <= now]
    if not due:
        return escalation, ()
    asked, gone = _ask_for(escalation, due, directory, now)
    pages = _pages(asked)
    escalation = escalation.changed(pending=tuple(page for page in escalation.pending if page.due_at > now))
    escalation = escalation.note(
        Reason.RULE_DUE, now, [page.user.id for page in pages], [page.method.id for page in pages]
    )
    return _remember(escalation, asked, gone, now), pages


def _ask_for(
    escalation: Escalation, due: Iterable[PendingPage], directory: Directory, now: datetime
) -> tuple[list[Asked], list[PendingPage]]:
    """The due pages as requests, and those whose person or method was deleted meanwhile."""
    asked: list[Asked] = []
    gone: list[PendingPage] = []
    for one in due:
        user = directory.users.get(one.user_id)
        method = notification.find_method(user, one.method_id) if user else None
        if user is None or method is None:
            gone.append(one)
        else:
            page = paging.page(escalation, one.user_id, user, method, now, at=(one.step, one.round))
            asked.append(Asked(page, one.rule))
    return asked, gone


def _pages(asked: Iterable[Asked]) -> tuple[PageFact, ...]:
    return tuple(one.page for one in asked)


def _remember(escalation: Escalation, asked: Sequence[Asked], gone: Sequence[PendingPage], now: datetime) -> Escalation:
    new = [paging.attempt(one.page, escalation.cause, one.rule) for one in asked]
    escalation = escalation.changed(attempts=(*escalation.attempts, *new)[-ATTEMPT_LIMIT:])
    if not gone:
        return escalation
    return escalation.note(Reason.METHOD_GONE, now, [one.user_id for one in gone], [one.method_id for one in gone])
