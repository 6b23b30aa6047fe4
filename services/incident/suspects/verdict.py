"""A person's verdict on a suspect: guilty, innocent, or not known after all."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.incident.incidents.commands import Actor
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.suspect_mark import SuspectVerdict, Verdict
from services.incident.suspects.change import Change
from services.incident.suspects.ranking import apply_mark
from services.incident.timeline.entry import EntryKind, Line
from shared.problem import conflict

MOST_MARKS = 100


class VerdictIn(BaseModel):
    """The body that marks a suspect; null takes the mark back."""

    model_config = ConfigDict(extra="ignore")

    verdict: Verdict | None


def judge(incident: Incident, change: Change, verdict: Verdict | None, actor: Actor, now: datetime) -> Edit:
    """The incident with this verdict; saying it again changes nothing. Raises a 409 `Problem` for too many marks."""
    known = {mark.change_id: mark for mark in incident.suspect_marks}
    before = known.get(change.id)
    if verdict is (before.verdict if before is not None else None):
        return Edit(incident, incident, now)
    if before is None and len(known) >= MOST_MARKS:
        raise conflict("too_many_marks", f"An incident may have {MOST_MARKS} marked changes.", limit=MOST_MARKS)
    mark = SuspectVerdict(change_id=change.id, verdict=verdict, by=actor.name, at=now) if verdict is not None else None
    after = incident.changed(suspect_marks=apply_mark(incident.suspect_marks, mark, change.id))
    what = f"marked {verdict.value}" if verdict is not None else "no longer marked"
    line = Line(EntryKind.CHANGE, f"suspect {what}: {change.summary[:500]}", actor.name)
    return Edit(incident, after, now, (line,))
