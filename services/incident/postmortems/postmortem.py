"""A post-mortem: the document of one incident in its sections, and who may still change what about it.

It is a draft, may be reviewed, and is published; whatever is done to it makes a revision, so everything can be undone.
An incident has one at most, under an id that follows from the incident's. It may be begun while the incident is open,
and published once that is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.incident.incidents.incident import Incident
from services.incident.postmortems.sections import Section
from shared.events.postmortems import PostmortemFact
from shared.problem import conflict
from shared.stored import Stored

MAX_REVIEWERS = 50


class State(StrEnum):
    """Where a post-mortem stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"


class Step(StrEnum):
    """What was done to a post-mortem; the kind of its revision."""

    BEGUN = "begun"
    EDITED = "edited"
    REDRAFTED = "redrafted"
    RESTORED = "restored"
    REVIEW = "review"
    PUBLISHED = "published"
    REOPENED = "reopened"
    UNPUBLISHED = "unpublished"
    IMPORTED = "imported"
    """It was brought in as it is."""


MOVES: Mapping[tuple[Step, State], State] = {
    (Step.REVIEW, State.DRAFT): State.IN_REVIEW,
    (Step.REVIEW, State.IN_REVIEW): State.IN_REVIEW,
    (Step.PUBLISHED, State.DRAFT): State.PUBLISHED,
    (Step.PUBLISHED, State.IN_REVIEW): State.PUBLISHED,
    (Step.PUBLISHED, State.PUBLISHED): State.PUBLISHED,
    (Step.REOPENED, State.IN_REVIEW): State.DRAFT,
    (Step.REOPENED, State.DRAFT): State.DRAFT,
    (Step.UNPUBLISHED, State.PUBLISHED): State.DRAFT,
}
"""Where each step leads from where; what is not here is refused."""


class Postmortem(Stored):
    """A post-mortem as it is stored. Section texts are Markdown."""

    id: str
    version: int = 0
    incident_id: str
    title: str
    state: State = State.DRAFT
    sections: dict[Section, str]
    written: list[Section] = []
    """The sections that somebody wrote: drafting anew leaves them alone."""
    reviewers: list[str] = []
    service_id: str | None = None
    team: str | None = None
    drill: bool = False
    imported: bool = False
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    published_at: datetime | None = None
    published_by: str | None = None

    def fact(self) -> PostmortemFact:
        """The post-mortem as events tell it."""
        return PostmortemFact(
            id=self.id,
            incident_id=self.incident_id,
            title=self.title,
            sections={section.value: self.sections.get(section, "") for section in Section},
            service_id=self.service_id,
            team=self.team,
            drill=self.drill,
            imported=self.imported,
            published_at=self.published_at,
        )


class Revision(BaseModel):
    """The whole text after one step, with who did what to it when. Its number is the version that it made."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    postmortem_id: str
    number: int
    at: datetime
    by: str
    step: Step
    changed: tuple[Section, ...] = ()
    state: State
    title: str
    sections: dict[Section, str]

    @property
    def id(self) -> str:
        """Sorts by number within a post-mortem."""
        return revision_id(self.postmortem_id, self.number)


class Revised(BaseModel):
    """One step: the post-mortem before (None: it begins) and after it."""

    model_config = ConfigDict(frozen=True)

    before: Postmortem | None
    after: Postmortem
    step: Step

    @property
    def version(self) -> int:
        """The version of the post-mortem that it makes; its revision's number."""
        return (self.before.version if self.before is not None else 0) + 1

    @property
    def changes(self) -> bool:
        """Something is different."""
        return self.before != self.after

    @property
    def is_told(self) -> bool:
        """Others need to hear: what is published changed, or is published no more."""
        return self.after.published_at is not None or (self.before is not None and self.before.published_at is not None)

    def revision(self) -> Revision:
        """The revision that it makes."""
        after, old = self.after, self.before.sections if self.before is not None else {}
        return Revision(
            postmortem_id=after.id,
            number=self.version,
            at=after.updated_at,
            by=after.updated_by,
            step=self.step,
            changed=tuple(name for name in Section if after.sections.get(name, "") != old.get(name, "")),
            state=after.state,
            title=after.title,
            sections=after.sections,
        )


def postmortem_id(incident_id: str) -> str:
    """The id of an incident's one post-mortem."""
    return f"PM-{incident_id}"


def revision_id(postmortem_id: str, number: int) -> str:
    """The id of a revision."""
    return f"{postmortem_id}.{number:06d}"


def begin(incident: Incident, drafted: Mapping[Section, str], by: str, now: datetime) -> Revised:
    """The post-mortem of an incident, pre-filled with what was drafted."""
    made = Postmortem(
        id=postmortem_id(incident.id),
        incident_id=incident.id,
        title=incident.title,
        sections=dict(drafted),
        service_id=incident.service_id,
        team=incident.team,
        drill=incident.drill_id is not None,
        imported=incident.imported,
        created_at=now,
        created_by=by,
        updated_at=now,
        updated_by=by,
    )
    return Revised(before=None, after=made, step=Step.BEGUN)


def edit(before: Postmortem, title: str | None, sections: Mapping[Section, str], by: str, now: datetime) -> Revised:
    """The post-mortem after somebody wrote a title (None: as it is) and sections; what is left out stays."""
    changed = {name: text for name, text in sections.items() if before.sections.get(name, "") != text}
    written = sorted({*before.written, *changed}, key=list(Section).index)
    fields = {"sections": before.sections | changed, "written": written, "title": title or before.title}
    return _revise(before, Step.EDITED, fields, by, now)


def redraft(before: Postmortem, drafted: Mapping[Section, str], by: str, now: datetime) -> Revised:
    """The post-mortem with every section that nobody wrote drafted anew from what is known now."""
    fresh = {name: text for name, text in drafted.items() if name not in before.written}
    return _revise(before, Step.REDRAFTED, {"sections": before.sections | fresh}, by, now)


def restore(before: Postmortem, revision: Revision, by: str, now: datetime) -> Revised:
    """The post-mortem with title and sections as they were at a revision; its state stays."""
    changed = {name for name in Section if before.sections.get(name, "") != revision.sections.get(name, "")}
    written = sorted({*before.written, *changed}, key=list(Section).index)
    fields = {"sections": revision.sections, "written": written, "title": revision.title}
    return _revise(before, Step.RESTORED, fields, by, now)


def move(before: Postmortem, step: Step, by: str, now: datetime, *, reviewers: list[str] | None = None) -> Revised:
    """The post-mortem after a step of its state. Raises a 409 `Problem` for one that does not lead on from here."""
    to = MOVES.get((step, before.state))
    if to is None:
        raise conflict(
            "illegal_transition",
            f"A post-mortem that is {before.state.value} can't be {_SAID[step]}.",
            **{"from": before.state.value, "step": step.value},
        )
    fields: dict[str, Any] = {"state": to}
    if reviewers is not None:
        fields["reviewers"] = list(dict.fromkeys(reviewers))
    if to is State.PUBLISHED and before.state is not State.PUBLISHED:
        fields |= {"published_at": now, "published_by": by}
    if to is not State.PUBLISHED:
        fields |= {"published_at": None, "published_by": None}
    return _revise(before, step, fields, by, now)


def publish(before: Postmortem, incident: Incident, by: str, now: datetime) -> Revised:
    """The published post-mortem; publishing it again changes nothing. Raises a 409 `Problem` while it is not over."""
    if incident.status.is_open:
        raise conflict("incident_open", f"The incident {incident.id} is {incident.status.value}: resolve it first.")
    return move(before, Step.PUBLISHED, by, now)


_SAID = {
    Step.REVIEW: "sent to review",
    Step.PUBLISHED: "published",
    Step.REOPENED: "reopened: unpublish it",
    Step.UNPUBLISHED: "unpublished",
}


def _revise(before: Postmortem, step: Step, fields: dict[str, Any], by: str, now: datetime) -> Revised:
    after = before.changed(**fields)
    if after != before:
        after = after.changed(updated_at=now, updated_by=by)
    return Revised(before=before, after=after, step=step)
