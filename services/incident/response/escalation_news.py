"""What on-call and comms tell of an incident: whose it is, that an acknowledgement ran out, who was told and how.

The newest state of the escalation counts; a time-out counts for the generation of pages that it belongs to, whenever
it comes. Timeline lines have ids derived from what they tell of, so any order and repetition writes the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.lifecycle import time_out
from services.incident.incidents.transitions import judge_move
from services.incident.timeline.entry import Entry, EntryKind, Line, entry_caused_by
from shared.events import Event
from shared.events.incidents import Position
from shared.events.oncall import EscalationFact, EscalationState, PageResult, PageState
from shared.vocabulary import IncidentStatus

_WHY_NOBODY = {
    "nobody_no_policy": "there was no policy to follow",
    "nobody_unknown_policy": "its policy does not exist",
    "nobody_policy_without_steps": "its policy has no steps",
    "nobody_on_call": "nobody was on call at any step",
    "nobody_reached": "every page failed for good",
}
"""By on-call's slug."""

_TOOK_OVER = {
    "fallback_default_policy": "nobody could be paged by its own policy, so the default policy took over; ",
    "fallback_admins_by_mail": "nobody could be paged by its policy, so all admins are told by mail; ",
}


def follow_escalation(incident: Incident, news: Sequence[tuple[Event, EscalationFact]], now: datetime) -> Edit:
    """Fold what on-call told of this incident's escalation into it; what is not newer changes nothing."""
    after = incident
    lines: list[Line] = []
    cause: Event | None = None
    for event, fact in sorted(news, key=lambda pair: pair[0].sequence):
        if _runs_out(after, fact):
            lines.append(Line(EntryKind.STATUS, f"status {after.status.value} → triggered: nobody went on in time"))
            after = time_out(after, now, event.id)
            cause = event
        if event.sequence > after.escalation_sequence:
            stands: dict[str, object] = {"stands_at": Position(round=fact.round, step=max(fact.step, 1))}
            stands |= {"stands_in": fact.generation, "told": fact.notified, "escalation_sequence": event.sequence}
            after = after.changed(**stands)
    return Edit(incident, after, now, tuple(lines), cause=cause)


def _runs_out(incident: Incident, fact: EscalationFact) -> bool:
    return (
        fact.ack_timed_out
        and fact.generation == incident.paging.generation
        and not incident.unanswered
        and judge_move(incident.status, IncidentStatus.TRIGGERED, timed_out=True) is not None
        and incident.status is not IncidentStatus.TRIGGERED
    )


def escalation_entry(event: Event, fact: EscalationFact) -> Entry | None:
    """What the timeline says of a state of the escalation; None: nothing that is not said elsewhere."""
    text = _escalation_text(fact)
    if text is None:
        return None
    key: tuple[object, ...] = ("escalation", fact.generation, fact.round, fact.step, fact.state.value)
    key += (fact.took_over,) if fact.took_over else ()
    return entry_caused_by(fact.incident_id, event.time, Line(EntryKind.ESCALATION, text), *key)


def _escalation_text(fact: EscalationFact) -> str | None:
    match fact.state:
        case EscalationState.RUNNING if fact.held_until is not None:
            names = ", ".join(f"“{name}”" for name in fact.held_for)
            which = "the runbook" if len(fact.held_for) == 1 else "the runbooks"
            return f"pages wait for {which} {names}, until {fact.held_until:%H:%M:%S} UTC at the latest"
        case EscalationState.RUNNING if fact.step > 0 and fact.notified:
            again = f", round {fact.round}" if fact.round else ""
            instead = _TOOK_OVER.get(fact.took_over, "") if (fact.step, fact.round) == (1, 0) else ""
            return f"{instead}step {fact.step}{again}: told {', '.join(fact.notified)}"
        case EscalationState.EXHAUSTED:
            return "escalation exhausted: nobody answered"
        case EscalationState.NOBODY:
            why = _WHY_NOBODY.get(fact.detail)
            return f"nobody could be paged: {why}" if why else "nobody could be paged"
        case _:
            return None


def page_entry(fact: PageResult) -> Entry | None:
    """What the timeline says of a page's outcome; a cancelled one is not told.

    The provider's words stay out: they may hold an address.
    """
    whom = f"{fact.user_id} by {fact.channel.value} (step {fact.step})"
    match fact.state:
        case PageState.SENT | PageState.DELIVERED:
            line, key = Line(EntryKind.PAGE, f"paged {whom}"), "told"
        case PageState.FAILED:
            line, key = Line(EntryKind.PAGE, f"could not page {whom}"), "failed"
        case _:
            return None
    return entry_caused_by(fact.incident_id, fact.at, line, fact.page_id, key)
