"""Why each person was or was not paged, rule by rule, from what the engine itself noted when it decided.

Nothing is decided here a second time: who was on call, which rule chose a method and why a page was dropped stand in
the escalation. Only what never came to be decided (a step that was not reached, a method that no rule names) is read
off from where it stopped, and from what people have now.
People are everybody whom a step of the copied policy could mean, and whoever was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.oncall.directory.people import User
from services.oncall.directory.policy import Choice, Snapshot, Target
from services.oncall.directory.snapshot import Directory, people_of
from services.oncall.escalation import texts as wording
from services.oncall.escalation.escalation import Attempt, Escalation, JournalEntry, Reason
from services.oncall.escalation.notification_rules import find_unused
from shared.events.oncall import EscalationState, PageState

_STEPS = (Reason.STEP_STARTED, Reason.STEP_SKIPPED)
_METHODS = (Reason.RULE_DUE, Reason.NEXT_METHOD, Reason.NO_METHOD_LEFT, Reason.METHOD_GONE)
_STOPS = (Reason.ANSWERED, Reason.SNOOZED, Reason.RESOLVED, Reason.MERGED, Reason.IMPORTED)


class Rule(StrEnum):
    """What a line tells of, where it is no decision of the engine's own."""

    PAGED = "paged"
    WAITS = "page_waits"
    DROPPED = "waiting_page_dropped"
    NOT_MEANT = "not_meant_by_step"
    NOT_THEIR_TURN = "not_their_turn"
    NOT_REACHED = "step_not_reached"
    POLICY_EDITED = "policy_edited_since"
    POLICY_DELETED = "policy_deleted_since"
    URGENCY = "urgency"
    CAUSE = "cause"
    EFFECT = "joined_as_effect"


@dataclass(frozen=True, slots=True)
class Line:
    """One rule that made or suppressed a page, and the sentence that says so."""

    rule: str
    sentence: str
    at: datetime | None = None
    generation: int | None = None
    step: int | None = None
    round: int | None = None
    method_id: str | None = None
    page_id: str | None = None
    result: PageState | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """What was decided about one person, in the order of time."""

    user_id: str
    paged: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """Why people were or were not paged: in a sentence, about all of it, and person by person."""

    summary: str
    lines: tuple[Line, ...]
    people: tuple[Person, ...]


def account(escalation: Escalation, directory: Directory, results: Mapping[str, PageState]) -> Account:
    """The whole account; `results` says what became of pages, by page id, as far as it is known."""
    paged = list(dict.fromkeys(one.user_id for one in escalation.attempts))
    targets = _targets(escalation.policy, directory)
    former = _targets(escalation.own_policy, directory)
    could = (user for row in (*former, *targets) for _, users in row for user in users)
    people = list(dict.fromkeys([*could, *_people_in(escalation)]))
    return Account(
        wording.summary(paged, escalation.state.value, escalation.hold),
        tuple(_about_all(escalation, directory)),
        tuple(
            Person(
                user,
                user in paged,
                tuple(_in_time(_about(user, escalation, (former, targets), results, directory.users.get(user)))),
            )
            for user in people
        ),
    )


_Targets = Sequence[Sequence[tuple[Target, Sequence[str]]]]
"""For each step its targets, with the people each could mean."""


def _targets(policy: Snapshot | None, directory: Directory) -> _Targets:
    steps = policy.steps if policy else ()
    return [[(target, directory.list_possible(target)) for target in step.targets] for step in steps]


def _people_in(escalation: Escalation) -> Iterator[str]:
    for entry in escalation.log:
        yield from entry.users
        yield from people_of(entry.via)
    yield from (one.user_id for one in escalation.attempts)


def _about_all(escalation: Escalation, directory: Directory) -> Iterator[Line]:
    policy = escalation.policy
    if escalation.choice is not None:
        if escalation.own_choice is not None:
            own = escalation.own_policy
            yield Line(escalation.own_choice, wording.of_choice(escalation.own_choice, own.id or "" if own else ""))
        yield Line(escalation.choice, wording.of_choice(escalation.choice, policy.id or "" if policy else ""))
    if policy is not None:
        yield from _about_copy(policy, directory)
        yield Line(Rule.URGENCY, wording.of_urgency(escalation.urgency))
    for effect in escalation.effects:
        yield Line(Rule.EFFECT, wording.of_effect(effect), effect.at)
    if escalation.attempts:
        generation = escalation.generation
        yield Line(Rule.CAUSE, wording.of_start(escalation.reason), escalation.caused_at, generation)
    for entry in escalation.log:
        sentence = wording.of_decision(entry)
        if sentence is not None:
            yield _line(entry, entry.reason, sentence)
        elif entry.reason is Reason.STEP_SKIPPED and policy is not None:
            for target in dict.fromkeys((via.type, via.id) for via in entry.via):
                yield _line(entry, entry.reason, wording.of_skipped_step(entry, Target(type=target[0], id=target[1])))


def _about_copy(copied: Snapshot, directory: Directory) -> Iterator[Line]:
    """Whether the policy is still what was copied."""
    if copied.id is None:
        return
    now = directory.policies.get(copied.id)
    if now is None:
        yield Line(Rule.POLICY_DELETED, wording.of_deleted_policy(copied.id))
    elif now.model_dump() != copied.model_dump(exclude={"id"}):
        yield Line(Rule.POLICY_EDITED, wording.of_edited_policy(copied.id))


def _about(
    user: str,
    escalation: Escalation,
    policies: tuple[_Targets, _Targets],
    results: Mapping[str, PageState],
    person: User | None,
) -> Iterator[Line]:
    """`policies` are the targets of the policy before another took over, and of the one that is followed."""
    former, targets = policies
    fell = max((n for n, one in enumerate(escalation.log) if one.reason is Reason.FELL_BACK), default=-1)
    for number, entry in enumerate(escalation.log):
        if entry.reason in _STEPS:
            is_former = escalation.own_choice is not None and number < fell
            yield from _of_step(user, entry, former if is_former else targets)
        elif entry.reason in _METHODS or entry.reason in _STOPS:
            say = wording.of_dropped_page if entry.reason in _STOPS else wording.of_method
            rule = Rule.DROPPED if entry.reason in _STOPS else entry.reason
            for whose, method in zip(entry.users, entry.methods, strict=False):
                if whose == user:
                    yield _line(entry, rule, say(entry, user, method), method)
    yield from (_of_page(one, results) for one in escalation.attempts if one.user_id == user)
    for page in escalation.pending:
        if page.user_id == user:
            sentence = wording.of_waiting_page(user, page.method_id, page.due_at)
            yield Line(Rule.WAITS, sentence, page.due_at, escalation.generation, page.step, page.round, page.method_id)
    yield from _not_reached(user, escalation, targets)
    yield from _silent(user, escalation, person)


def _silent(user: str, escalation: Escalation, person: User | None) -> Iterator[Line]:
    """What somebody who was told has and was not told by, as their methods and rules are now."""
    told = any(user in entry.users for entry in escalation.log if entry.reason is Reason.STEP_STARTED)
    if person is None or not told:
        return
    used = {one.method_id for one in escalation.attempts if one.user_id == user}
    by_mail = escalation.choice in (Choice.ADMINS_BY_MAIL, Choice.FALLBACK_ADMINS)
    for one in find_unused(person, escalation.urgency, used, by_mail=by_mail):
        sentence = wording.of_unused_method(one, user, escalation.urgency)
        yield Line(one.why, sentence, generation=escalation.generation, method_id=one.method_id)


def _of_step(user: str, entry: JournalEntry, targets: _Targets) -> Iterator[Line]:
    """Told by which targets; if by none, which of those that could have meant the person did not."""
    meant = [via for via in entry.via if user in via.users]
    if user in entry.users:
        yield from (_line(entry, entry.reason, wording.of_told(entry, user, via)) for via in meant)
        return
    if meant:
        yield _line(entry, Rule.NOT_THEIR_TURN, wording.of_person_not_in_turn(entry, user))
        return
    for target, could_mean in targets[entry.step - 1] if entry.step <= len(targets) else ():
        if user not in could_mean:
            continue
        if entry.reason is Reason.STEP_SKIPPED:
            yield _line(entry, entry.reason, wording.of_skipped_step(entry, target))
        else:
            others = people_of(via for via in entry.via if (via.type, via.id) == (target.type, target.id))
            yield _line(entry, Rule.NOT_MEANT, wording.of_person_not_meant(entry, user, target, others))


def _of_page(attempt: Attempt, results: Mapping[str, PageState]) -> Line:
    state = results.get(attempt.page_id, PageState.QUEUED)
    return Line(
        Rule.PAGED,
        wording.of_page(attempt, state),
        attempt.requested_at,
        attempt.generation,
        attempt.step,
        attempt.round,
        attempt.method_id,
        attempt.page_id,
        state,
    )


def _not_reached(user: str, escalation: Escalation, targets: _Targets) -> Iterator[Line]:
    """The steps after the present one that could mean the person, and what kept them from beginning."""
    if escalation.state in (EscalationState.EXHAUSTED, EscalationState.NOBODY):
        return
    begun = {one.step for one in escalation.log if one.reason in _STEPS and one.generation == escalation.generation}
    stopped = None
    if escalation.state is not EscalationState.RUNNING:
        stopped = next((one for one in reversed(escalation.log) if one.reason in _STOPS), None)
    for number, row in enumerate(targets, start=1):
        if number not in begun and any(user in could_mean for _, could_mean in row):
            sentence = wording.of_step_never_begun(number, user, stopped, _due_at(escalation, number))
            yield Line(Rule.NOT_REACHED, sentence, stopped.at if stopped else None, escalation.generation, number)


def _due_at(escalation: Escalation, step: int) -> datetime | None:
    """When the step was, or is, due: known for the one after the present step only."""
    if escalation.hold is not None and step == 1:
        return escalation.hold.until
    policy, began = escalation.policy, escalation.step_started_at
    if policy is None or began is None or escalation.step == 0 or step != escalation.step + 1:
        return None
    return began + timedelta(seconds=policy.steps[escalation.step - 1].timeout_seconds)


def _line(entry: JournalEntry, rule: str, sentence: str, method_id: str | None = None) -> Line:
    return Line(rule, sentence, entry.at, entry.generation, entry.step, entry.round, method_id)


def _in_time(lines: Iterator[Line]) -> list[Line]:
    """By time; what has none, because it never happened, comes last."""
    return sorted(lines, key=lambda line: (line.at is None, line.at.timestamp() if line.at else 0.0))
