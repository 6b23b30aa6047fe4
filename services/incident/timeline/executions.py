"""What automation tells of runbooks, as lines of the incident's timeline, each once however often it is told. Pure."""

from __future__ import annotations

from services.incident.timeline.entry import SYSTEM, Entry, EntryKind, Line, entry_caused_by
from shared.events import Event
from shared.events.automation import ApprovalFact, ApprovalOutcome, ExecutionFact, ExecutionState, OutputLine

NOT_BEGUN = ("quiet_time", "too_late", "too_many", "no_value")
"""Reasons for which a runbook that matched was not even begun."""


def execution_entry(event: Event, fact: ExecutionFact) -> Entry | None:
    """The line of one event; None for what is no news to the timeline."""
    words = _words(event, fact)
    if words is None:
        return None
    author = fact.started_by if event.type == "execution.started.v1" and not fact.trigger else SYSTEM
    line = Line(EntryKind.RUNBOOK, words, author)
    return entry_caused_by(fact.incident_id, event.time, line, "execution", event.id)


def approval_entry(event: Event, fact: ApprovalFact) -> Entry | None:
    """The line of what somebody decided about a step; None for what its execution tells: that nobody did in time."""
    said = {ApprovalOutcome.APPROVED: "was approved", ApprovalOutcome.REJECTED: "was rejected"}.get(fact.outcome)
    if said is None:
        return None
    words = f"Step {fact.n} “{fact.step_name}” of the runbook “{fact.runbook_name}” {said}."
    line = Line(EntryKind.RUNBOOK, words, fact.by or SYSTEM)
    return entry_caused_by(fact.incident_id, fact.at, line, "approval", event.id)


def output_entry(line: OutputLine) -> Entry:
    """The end of what a step wrote."""
    how = "ended well" if line.succeeded else "failed"
    code = f" with exit code {line.exit_code}" if line.exit_code is not None else ""
    which = "It wrote" if line.is_whole else "The end of what it wrote"
    words = f"Step {line.n} “{line.step_name}” of the runbook “{line.runbook_name}” {how}{code}. {which}:\n{line.text}"
    entry = Line(EntryKind.RUNBOOK, words)
    return entry_caused_by(line.incident_id, line.at, entry, "output", line.id)


def _words(event: Event, fact: ExecutionFact) -> str | None:
    name = f"The runbook “{fact.runbook_name}”"
    if fact.dry_run:
        # what somebody tries by hand is no news; what a drill shows is
        is_shown = fact.drill_id is not None and event.type == "execution.finished.v1"
        return f"{name} was only shown, as in every drill: it has {fact.steps} steps." if is_shown else None
    match event.type:
        case "execution.started.v1":
            return _started(name, fact)
        case "execution.waiting.v1":
            return _waiting(name, fact)
        case "execution.finished.v1":
            return _finished(name, fact)
        case _:
            return None


def _started(name: str, fact: ExecutionFact) -> str:
    if fact.attempt > 1:
        return f"{name} goes on from step {fact.step} “{fact.step_name}”, for the {fact.attempt}. time."
    return f"{name} started by its rule ({', '.join(fact.trigger)})." if fact.trigger else f"{name} was started."


def _waiting(name: str, fact: ExecutionFact) -> str | None:
    waiting = fact.waiting
    if waiting is None:
        return None
    until = f"{waiting.until:%Y-%m-%d %H:%M} UTC"
    step = f"step {waiting.n} “{waiting.name}”"
    if waiting.needs_approval:
        return f"{name} waits until {until} for somebody else than who started it to approve of {step}."
    return f"{name} waits until {until} for somebody to do {step}: {waiting.asks}"


def _finished(name: str, fact: ExecutionFact) -> str:
    if fact.reason in NOT_BEGUN:
        return f"{name} matched and was not begun: {fact.detail}"
    match fact.state:
        case ExecutionState.SUCCEEDED:
            return f"{name} ended well."
        case ExecutionState.FAILED:
            return f"{name} failed: {fact.detail}"
        case _:
            return f"{name} was cancelled. {fact.detail}".strip()
