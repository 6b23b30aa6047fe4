"""How `explain` says what was decided: one sentence a person can read for each reason, with ids instead of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.oncall.directory.policy import Choice, Target, TargetType, Via
from services.oncall.escalation.escalation import Attempt, Hold, JournalEntry, Reason
from services.oncall.escalation.notification_rules import NoPageReason, NoticeRule, Unused
from shared.events.incidents import EffectFact
from shared.events.oncall import EscalationState, PageState
from shared.vocabulary import PageReason, Urgency

_CHOICES: Mapping[Choice, str] = {
    Choice.SERVICE_POLICY: "It follows the policy {policy}, which its service names.",
    Choice.DEFAULT_POLICY: "Its service names no policy that exists, so it follows the default policy {policy}.",
    Choice.ADMINS_BY_MAIL: "Nobody knows its service and there is no default policy: all admins are told by mail.",
    Choice.FALLBACK_POLICY: "Nobody could be paged so, and it is grave: the default policy {policy} took over.",
    Choice.FALLBACK_ADMINS: "Nobody could be paged so, and it is grave: all admins are told by mail.",
    Choice.NOBODY_NO_POLICY: "Its service, if any, names no policy, and there is no default policy.",
    Choice.NOBODY_UNKNOWN_POLICY: "The policy that its service names does not exist, and there is no default policy.",
}

_DECISIONS: Mapping[Reason, str] = {
    Reason.STARTED: "The escalation started.",
    Reason.RESTARTED: "The escalation started over.",
    Reason.RESUMED: "The snooze was over and nobody had answered: the escalation started over.",
    Reason.ANSWERED: "Somebody answered: no more pages.",
    Reason.SNOOZED: "The incident was snoozed: no pages until it ends.",
    Reason.RESOLVED: "The incident was over: no more pages.",
    Reason.MERGED: "The incident was merged into another, which has its own pages: no more pages.",
    Reason.IMPORTED: "The incident was imported: such incidents never page.",
    Reason.EXHAUSTED: "Every step was taken as often as the policy says and nobody answered.",
    Reason.NOBODY_NO_POLICY: "There was no policy to follow: nobody was paged.",
    Reason.NOBODY_UNKNOWN_POLICY: "The policy did not exist: nobody was paged.",
    Reason.NOBODY_NO_STEPS: "The policy has no steps: nobody was paged.",
    Reason.NOBODY_ON_CALL: "Nobody was on call at any step: nobody was paged.",
    Reason.NOBODY_REACHED: "Every page failed for good: nobody was reached, and nobody else is left to be paged.",
    Reason.ACK_TIMED_OUT: "The acknowledgement ran out.",
    Reason.BY_HAND: "Somebody had it escalated: the next step began at once.",
    Reason.FELL_BACK: "Nobody was reached, and the incident is grave: another policy took over at once.",
}

_RUNBOOKS: Mapping[Reason, str] = {
    Reason.HELD: "The first page waited for {names}, until {until} at the latest.",
    Reason.HOLD_OVER: "The time for {names} was over: the first step began.",
    Reason.RUNBOOK_SUCCEEDED: "{names} ended well; the first page waited on, until {until}, for the alerts to end.",
    Reason.RUNBOOK_FAILED: "{names} failed, so nobody waited any longer: {detail}",
    Reason.RUNBOOK_NOT_BEGUN: "{names} was not begun, so nobody waited for it: {detail}",
    Reason.RUNBOOK_RAN_BEFORE: "{names} had run for this incident before, and does so once: nobody waited for it.",
    Reason.BY_HAND: "Somebody had it escalated while the first page waited for {names}: the first step began at once.",
}
"""What is said of runbooks for which the first page waits."""

_STATES: Mapping[EscalationState, str] = {
    EscalationState.RUNNING: "It goes on to the next step until somebody answers.",
    EscalationState.EXHAUSTED: "Every step was taken, and nobody answered.",
    EscalationState.NOBODY: "There was nobody who could be paged.",
    EscalationState.ANSWERED: "Somebody answered, so nobody else is paged.",
    EscalationState.SNOOZED: "It is snoozed: nobody is paged until that ends.",
    EscalationState.ENDED: "It is over: nobody is paged any more.",
}

_STARTS: Mapping[PageReason, str] = {
    PageReason.ESCALATION: "it was opened",
    PageReason.NEW_ALERT: "a new alert joined it",
    PageReason.REESCALATED: "it became more severe or somebody asked for it",
    PageReason.ACK_TIMEOUT: "its acknowledgement had run out",
}

_RULES: Mapping[NoticeRule, str] = {
    NoticeRule.RULE_FOR_URGENCY: "a rule of theirs for {urgency} urgency says so",
    NoticeRule.EVERY_METHOD: "they have no rule for {urgency} urgency, so every contact method is used",
    NoticeRule.QUIET_METHOD: "they have no rule for {urgency} urgency, so only the quietest method is used",
    NoticeRule.OWN_ADDRESS: "they have no contact method, so their own e-mail address is used",
    NoticeRule.BY_MAIL: "admins are told by mail of what nobody else can be paged for",
    NoticeRule.NEXT_METHOD: "the method before it failed",
}

_SILENCES: Mapping[NoPageReason, str] = {
    NoPageReason.NO_RULE: "none of their rules for {urgency} urgency names it",
    NoPageReason.QUIETER_ONE: "they have no rule for {urgency} urgency, so only the quietest method is used",
    NoPageReason.BY_MAIL: "admins are told by mail alone of what nobody else can be paged for",
}

_RESULTS: Mapping[PageState, str] = {
    PageState.QUEUED: "not handed over yet",
    PageState.SENT: "handed over",
    PageState.DELIVERED: "delivered",
    PageState.FAILED: "failed",
    PageState.CANCELLED: "cancelled before it was sent",
}


def of_choice(choice: Choice, policy: str) -> str:
    """Which policy the incident follows, and why."""
    return _CHOICES[choice].format(policy=policy)


def of_urgency(urgency: Urgency) -> str:
    """Which rules of people apply."""
    return f"Its urgency is {urgency.value}: people are told by their rules for {urgency.value} urgency."


def of_decision(entry: JournalEntry) -> str | None:
    """What a decision about the whole escalation says; None for one about a step or a person."""
    if entry.runbooks and entry.reason in _RUNBOOKS:
        until = _time(entry.until) if entry.until else ""
        said = _RUNBOOKS[entry.reason].format(names=runbooks(entry.runbooks), until=until, detail=entry.detail)
        return said[0].upper() + said[1:]
    return _DECISIONS.get(entry.reason)


def of_effect(effect: EffectFact) -> str:
    """Why alerts of another service page nobody of their own."""
    way = " → ".join(effect.path)
    return f"Alerts of {effect.service_id} joined as effects (hard dependency: {way}): nobody is paged for them."


def of_start(reason: PageReason) -> str:
    """Why this generation of pages began."""
    return f"People are paged because {_STARTS[reason]}."


def at_step(step: int, round_: int) -> str:
    """A step as people say it; rounds after the first are named."""
    return f"step {step}" + (f" of round {round_}" if round_ else "")


def of_told(entry: JournalEntry, user: str, via: Via) -> str:
    """A step told somebody."""
    return f"{at_step(entry.step, entry.round).capitalize()} told {user}: {because_of(via)}."


def of_person_not_meant(entry: JournalEntry, user: str, target: Target, others: Sequence[str]) -> str:
    """A step did not mean somebody whom it can mean at other times."""
    instead = f" ({', '.join(others)} then)" if others else " (nobody then)"
    step = at_step(entry.step, entry.round).capitalize()
    return f"{step} did not tell {user}: not {_place(target)} when it began{instead}."


def of_person_not_in_turn(entry: JournalEntry, user: str) -> str:
    """A round-robin step told somebody else."""
    step = at_step(entry.step, entry.round).capitalize()
    return f"{step} tells one person in turn, and it was the turn of {', '.join(entry.users)}, not of {user}."


def of_skipped_step(entry: JournalEntry, target: Target) -> str:
    """A step was skipped."""
    step = at_step(entry.step, entry.round).capitalize()
    return f"{step} was skipped at once: nobody {_place(target)} when it began."


def of_page(attempt: Attempt, state: PageState) -> str:
    """A page, why by this method, and what became of it."""
    why = f" because {of_rule(attempt.rule, attempt.urgency)}" if attempt.rule else ""
    where = at_step(attempt.step, attempt.round)
    return f"Paged {attempt.user_id} by {attempt.channel.value} at {where}{why}; {_RESULTS[state]}."


def of_rule(rule: NoticeRule, urgency: Urgency) -> str:
    """Why a contact method is used."""
    return _RULES[rule].format(urgency=urgency.value)


def of_waiting_page(user: str, method: str, due_at: datetime) -> str:
    """A page whose rule has it wait."""
    return f"A page of {user} by {method} waits until {_time(due_at)}, unless somebody answers before."


def of_dropped_page(entry: JournalEntry, user: str, method: str) -> str:
    """A waiting page that was dropped."""
    return f"A page of {user} by {method} was still waiting and was dropped: {_why_stopped(entry.reason)}."


def of_method(entry: JournalEntry, user: str, method: str) -> str:
    """What a decision about somebody's contact methods says."""
    match entry.reason:
        case Reason.METHOD_GONE:
            return f"{user} was not paged by {method}: the contact method, or the person, is gone."
        case Reason.NO_METHOD_LEFT:
            return f"The page of {user} by {method} failed, and there is no other method to try in this step."
        case Reason.NEXT_METHOD:
            return f"The page before it failed: {user} is paged by {method} at once."
        case _:
            return f"The rule of {user} that waits before using {method} came due."


def of_unused_method(unused: Unused, user: str, urgency: Urgency) -> str:
    """A contact method that somebody who was told has, and that was not used."""
    method, rule = unused.method_id, unused.rule
    if rule is not None:
        after = f"after {rule.after_seconds} s" if rule.after_seconds else "at once"
        return (
            f"The rule of {user} to use {method} {after} is for {rule.urgency.value} urgency, "
            f"and this incident's is {urgency.value}."
        )
    return f"{user} was not paged by {method}: {_SILENCES[unused.why].format(urgency=urgency.value)}."


def of_step_never_begun(step: int, user: str, why: JournalEntry | None, due_at: datetime | None) -> str:
    """A step that would tell somebody was never reached, or not yet."""
    when = f", which was due at {_time(due_at)}" if due_at else ""
    if why is None:
        when = f"; it is due at {_time(due_at)}" if due_at else ""
        return f"Step {step}, which can tell {user}, has not begun{when}."
    return f"Step {step}{when}, could not tell {user}: {_why_stopped(why.reason)} at {_time(why.at)}, before it."


def of_edited_policy(policy: str) -> str:
    """The policy has changed since it was copied."""
    return f"The policy {policy} was edited after this escalation copied it; the copy is what counts here."


def of_deleted_policy(policy: str) -> str:
    """The policy is gone since it was copied."""
    return f"The policy {policy} was deleted after this escalation copied it; the copy is what counts here."


def runbooks(names: Sequence[str]) -> str:
    """Runbooks as people say them."""
    return ("the runbook " if len(names) == 1 else "the runbooks ") + ", ".join(f"“{name}”" for name in names)


def summary(paged: Sequence[str], state: str, hold: Hold | None = None) -> str:
    """All of it in one sentence."""
    if hold is not None and hold.end is None:
        waits = f"The first page waits for {runbooks(hold.names)}, until {_time(hold.until)} at the latest."
        return f"Nobody is paged yet. {waits}" if not paged else f"Paged so far: {', '.join(paged)}. {waits}"
    if hold is not None and not paged and hold.end is Reason.RESOLVED:
        return f"Nobody was paged. It was over while the first page waited for {runbooks(hold.names)}."
    whom = f"Paged so far: {', '.join(paged)}" if paged else "Nobody was paged"
    return f"{whom}. {_STATES[EscalationState(state)]}"


def because_of(via: Via) -> str:
    """How a target came to mean somebody."""
    match via.type:
        case TargetType.SCHEDULE if via.override_id is not None:
            return f"on call by schedule {via.id}, override {via.override_id}"
        case TargetType.SCHEDULE:
            return f"on call by schedule {via.id}, layer {via.layer}"
        case TargetType.TEAM:
            return f"in team {via.id}"
        case TargetType.ADMINS:
            return "an admin"
        case TargetType.USER:
            return "named by the step"


def _why_stopped(reason: Reason) -> str:
    return {
        Reason.ANSWERED: "somebody acknowledged the incident",
        Reason.SNOOZED: "the incident was snoozed",
        Reason.MERGED: "the incident was merged into another",
        Reason.IMPORTED: "imported incidents never page",
    }.get(reason, "the incident was over")


def _place(target: Target) -> str:
    match target.type:
        case TargetType.SCHEDULE:
            return f"on call by schedule {target.id}"
        case TargetType.TEAM:
            return f"in team {target.id}"
        case TargetType.ADMINS:
            return "an admin"
        case TargetType.USER:
            return f"known as {target.id}"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")
