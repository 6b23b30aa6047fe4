"""Snooze and escalate: nobody is paged until then, or the next people are paged now.

A snooze stops pages at once and answers nothing: if the incident is still open and unanswered when it ends, people are
paged again from step 1. What rises to critical meanwhile, or is escalated, ends it. To escalate begins the step after
the present one at once, beyond the last step another round; what somebody had answered pages again under a new
generation. The next step is counted from where the incident was told that the escalation stood, so asking twice at
once moves it on once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.incident.incidents.commands import Actor, Text
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.lifecycle import page_again
from services.incident.timeline.entry import SYSTEM, EntryKind, Line
from shared.events.incidents import Position
from shared.problem import conflict, invalid
from shared.vocabulary import PageReason

LONGEST = timedelta(days=30)


class SnoozeIn(BaseModel):
    """The body that snoozes an incident."""

    model_config = ConfigDict(extra="ignore")

    until: Annotated[
        AwareDatetime | None,
        Field(description=f"In the future, at most {LONGEST.days} days ahead; null ends a snooze now"),
    ]


class EscalateIn(BaseModel):
    """The body that has an incident escalated."""

    model_config = ConfigDict(extra="ignore")

    note: Text = ""


def snooze(incident: Incident, until: datetime | None, actor: Actor, now: datetime) -> Edit:
    """Nobody is paged until `until`; None ends a snooze. Raises a `Problem`: 409 when it is over, 422 for the time."""
    _require_open(incident, "snoozed")
    if until is None:
        if incident.snoozed_until is None:
            return Edit(incident, incident, now)
        woken, line = wake(incident, actor.name)
        return Edit(incident, woken, now, (line,))
    if until <= now:
        raise invalid("/until", "in the future")
    if until - now > LONGEST:
        raise invalid("/until", f"at most {LONGEST.days} days ahead")
    until = until.astimezone(UTC)
    if until == incident.snoozed_until:
        return Edit(incident, incident, now)
    paging = incident.paging.changed(moved_on_from=None)
    after = incident.changed(snoozed_until=until, paging=paging)
    text = f"snoozed until {until:%Y-%m-%d %H:%M:%S} UTC"
    return Edit(incident, after, now, (Line(EntryKind.SNOOZE, text, actor.name),))


def wake(incident: Incident, author: str = SYSTEM) -> tuple[Incident, Line]:
    """The incident after its snooze, and what the timeline says."""
    text = "the snooze is over" + (": people are paged again" if incident.unanswered else "")
    return incident.changed(snoozed_until=None), Line(EntryKind.SNOOZE, text, author)


def escalate(incident: Incident, note: str, actor: Actor, now: datetime, cause: str) -> Edit:
    """The next step begins now. Raises a 409 `Problem` when it is over. `cause` is the id of this call."""
    _require_open(incident, "escalated")
    known = incident.stands_in == incident.paging.generation
    stands_at = incident.stands_at if known else Position()
    after = incident if incident.unanswered else page_again(incident, PageReason.REESCALATED, cause, now)
    paging = after.paging.changed(moved_on_from=stands_at)
    after = after.changed(paging=paging, snoozed_until=None)
    text = f"escalated by hand{f': {note}' if note.strip() else ''}"
    return Edit(incident, after, now, (Line(EntryKind.ESCALATION, text, actor.name),))


def _require_open(incident: Incident, what: str) -> None:
    if not incident.status.is_open:
        status = incident.status.value
        raise conflict("not_open", f"An incident that is {status} can't be {what}.", status_now=status)
