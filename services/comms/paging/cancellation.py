"""When an incident no longer needs its pages: what comms keeps of incidents, and what follows from it.

Of each incident the newest fact counts (by sequence). A page is no longer wanted when its generation was answered, or
when the incident is not open, was merged away or is snoozed. A page may be faster than the fact that it follows from:
an incident that nobody here has heard of needs its pages, and so does one that was asked to page once more
(a generation that is newer than what is known here) after it was resolved, say.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.comms.delivery.delivery_state import Reason
from services.comms.incident_copies.standing import IncidentStanding
from shared.events.oncall import PageFact

YOUNG = timedelta(seconds=0.5)
"""With a second that two processes' clocks may differ by, and the time to send, less than the two seconds after an
answer within which a page may still be handed over."""


def no_longer_wanted(incident: IncidentStanding | None, generation: int, now: datetime) -> Reason | None:
    """Why a page of this generation must not be sent at `now`, or None when it is wanted."""
    if incident is None or generation > incident.generation:
        return None
    if incident.merged:
        return Reason.MERGED
    if not incident.open:
        return Reason.RESOLVED
    if generation <= incident.answered:
        return Reason.ANSWERED
    if incident.snoozed_until is not None and now < incident.snoozed_until:
        return Reason.SNOOZED
    return None


def may_cancel_pages(incident: IncidentStanding, now: datetime) -> bool:
    """False when even a page of the first generation is still wanted, so that there is nothing to look for."""
    return no_longer_wanted(incident, 1, now) is not None


def is_young(page: PageFact, now: datetime) -> bool:
    """True while what the page is about began so short a time ago that no answer to it can be older than that.

    So no other process can have heard of an answer after which the page may not be handed over any more.
    """
    return page.caused_at is not None and now - page.caused_at < YOUNG
