"""What a message that was handed over should say by now: whether its incident was answered, and by whom.

It follows the newest fact about the incident, so whatever the order in which messages are brought up to date, the last
one is right. The first acknowledgement is the one that has a name: a page of a later generation may have been answered
by somebody else, and then no name is better than a wrong one. The message of an incident that was merged says what
became of the one that it went into, and goes on to ask while that one does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from services.comms.channels.contract import MessageState, MessageStatus
from services.comms.delivery.delivery_state import Reason
from services.comms.incident_copies.standing import standing_of
from services.comms.paging.cancellation import no_longer_wanted
from shared.events.incidents import IncidentFact

BY_ITSELF = "auto"
"""How the incident service calls an incident's own end."""


def status_for(
    fact: IncidentFact, generation: int, now: datetime, survivor: IncidentFact | None = None
) -> MessageStatus | None:
    """What a message of this generation says, by the newest fact about its incident; None: it still asks.

    `survivor` is the incident that it was merged into in the end, as far as it is known.
    """
    match no_longer_wanted(standing_of(fact), generation, now):
        case Reason.MERGED if survivor is not None and survivor.merged_into is None:
            newest = standing_of(survivor).generation
            found = status_for(survivor, newest, now) or MessageStatus(MessageState.MERGED)
            return replace(found, into=survivor.id)
        case Reason.MERGED:
            return MessageStatus(MessageState.MERGED)
        case Reason.RESOLVED:
            by = fact.resolved_by or ""
            return MessageStatus(MessageState.RESOLVED, "" if by == BY_ITSELF else by)
        case Reason.ANSWERED:
            return MessageStatus(MessageState.ACKNOWLEDGED, (fact.acknowledged_by or "") if generation == 1 else "")
        case _:
            return None


def survivor_of(fact: IncidentFact, facts: Mapping[str, IncidentFact]) -> IncidentFact:
    """The fact about where a merged incident went, however often it went on; of any other one its own."""
    for _ in range(len(facts) + 1):
        following = facts.get(fact.merged_into or "")
        if following is None:
            break
        fact = following
    return fact
