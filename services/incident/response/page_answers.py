"""Answers that people gave in the message that paged them: each becomes an acknowledgement or a resolution.

An answer speaks of what its giver saw. An acknowledgement answers the generation of its page: one that was answered
before is not answered again, so an answer that comes twice, or after the acknowledgement ran out, does not silence
what is newer. A resolution ends the record that ran when it was given: one that comes again after somebody reopened
the incident does not end it again. Where the incident was merged into another one, an answer is about that one, as an
acknowledge link is; but not one that was given before and has done its work in the merged one. What can't be done any
more changes nothing, so in any order and however often answers come, the incident ends in the same status; of those
that come together the first given has its giver's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.incident.incidents.commands import Actor, ResolutionIn, acknowledge, resolve
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.response.links import is_answered
from services.incident.timeline.entry import Line
from shared.events import Event
from shared.events.communication import AnswerAction, AnswerFact
from shared.vocabulary import IncidentStatus


def follow_answers(
    incident: Incident,
    answers: Sequence[tuple[Event, AnswerFact]],
    now: datetime,
    merged: Mapping[str, Incident] | None = None,
) -> Edit:
    """Fold answers to this incident's pages into it, in the order in which they were given.

    `merged` are the incidents that went into it, by id: answers to their pages are about this one too.
    """
    after, at, cause = incident, now, None
    lines: list[Line] = []
    for event, fact in sorted(answers, key=lambda pair: (pair[1].at, pair[0].id)):
        if not counts(after, fact, (merged or {}).get(fact.incident_id)):
            continue
        given_at = max(min(fact.at, now), after.sla.started_at)
        actor = Actor(fact.by, fact.user_id)
        if fact.action is AnswerAction.ACKNOWLEDGE:
            edit = acknowledge(after, actor, given_at)
        else:
            edit = resolve(after, ResolutionIn(), actor, given_at)
        after, at, cause = edit.after, given_at, event
        lines += edit.lines
    return Edit(incident, after, at, tuple(lines), cause=cause)


def counts(incident: Incident, fact: AnswerFact, merged: Incident | None = None) -> bool:
    """Whether an answer still changes anything; `merged` is the incident of its page where that went into this one."""
    if not incident.status.is_open or (merged is not None and _had_its_effect(merged, fact)):
        return False
    if fact.action is AnswerAction.RESOLVE:
        return fact.at >= incident.sla.started_at
    paged = merged or incident
    return incident.unanswered and not is_answered(paged, incident, fact.generation, fact.paged_at or fact.at)


def _had_its_effect(merged: Incident, fact: AnswerFact) -> bool:
    """Whether an answer was given while its own incident was there, and is told again after that was merged away."""
    merged_at = merged.first_entered.get(IncidentStatus.CLOSED)
    if merged_at is None or fact.at > merged_at:
        return False
    if fact.action is AnswerAction.ACKNOWLEDGE:
        return merged.paging.answered >= fact.generation
    return merged.resolved_at is not None and merged.resolved_at < merged_at
