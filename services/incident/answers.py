"""Answers that people gave in the message that paged them: each becomes an acknowledgement or a resolution.

An answer speaks of what its giver saw. An acknowledgement answers the generation of its page: one that was answered
before is not answered again, so an answer that comes twice, or after the acknowledgement ran out, does not silence
what is newer. A resolution ends the record that ran when it was given: one that comes again after somebody reopened
the incident does not end it again. What can't be done any more changes nothing, so in any order and however often
answers come, the incident ends in the same status; of those that come together the first given has its giver's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.incident.commands import Actor, ResolutionIn, acknowledge, resolve
from services.incident.edits import Edit
from services.incident.incident import Incident
from services.incident.timeline import Line
from shared.events import Event
from shared.events.answers import AnswerAction, AnswerFact


def follow_answers(incident: Incident, answers: Sequence[tuple[Event, AnswerFact]], now: datetime) -> Edit:
    """Fold answers to this incident's pages into it, in the order in which they were given."""
    after, at, cause = incident, now, None
    lines: list[Line] = []
    for event, fact in sorted(answers, key=lambda pair: (pair[1].at, pair[0].id)):
        if not counts(after, fact):
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


def counts(incident: Incident, fact: AnswerFact) -> bool:
    """Whether an answer still changes anything."""
    if not incident.status.is_open:
        return False
    if fact.action is AnswerAction.ACKNOWLEDGE:
        return incident.paging.answered < fact.generation
    return fact.at >= incident.sla.started_at
