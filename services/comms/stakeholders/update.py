"""News to stakeholders: one update, its letters, and when somebody has to be reminded of the next. Pure.

    posting → watching → over

An update is stored with all that it says before any letter of it is posted; what a dead process left is posted by
whoever looks next, under the same ids. While its incident is open and grave it is then watched: when no newer one has
come for `remind_after`, whoever speaks for the incident is reminded, again and again until there is one.
What is kept inside the house has no stakeholders.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.comms.i18n.dates import figure, local_time
from services.comms.i18n.plain_text import one_line
from services.comms.incident_copies.disclosure import NotPublic, why_not_public
from services.comms.mail.message import Letter, LetterKind
from services.comms.mail.template import LetterForm, LetterForms
from services.comms.notices.texts import notice_word
from services.comms.people.reader import Reader
from services.comms.stakeholders.mail import UpdateContent
from services.comms.stakeholders.texts import stakeholder_word
from shared.events import Event, make
from shared.events.communication import CommunicationFact, CommunicationKind
from shared.events.incidents import IncidentFact
from shared.ids import derive_id
from shared.problem import conflict
from shared.stored import Stored
from shared.vocabulary import Priority, Severity

SPEAKERS = ("communications", "commander")
"""The roles that are reminded: the first that somebody holds."""
_SENTENCES: Mapping[NotPublic, str] = {
    NotPublic.DRILL: "This incident is a drill: no stakeholder hears of it.",
    NotPublic.IMPORTED: "This incident was imported: no stakeholder hears of it.",
    NotPublic.FORECAST: "This is a prediction of low urgency: no stakeholder hears of it.",
}
_GRAVE = (Severity.CRITICAL, Severity.HIGH)


class Group(Stored):
    """People outside who want to hear of incidents: their addresses, and the language that they read."""

    name: str
    members: list[str]
    locale: str | None = None
    team: str | None = None


class Phase(StrEnum):
    """Where an update stands."""

    POSTING = "posting"
    WATCHING = "watching"
    OVER = "over"


class Recipient(BaseModel):
    """One reader of an update, and in which language."""

    model_config = ConfigDict(frozen=True)

    address: str
    locale: str


class StakeholderUpdate(Stored):
    """One update, as it is stored."""

    id: str
    incident_id: str
    template: str
    template_version: int | None = None
    by: str
    message: str = ""
    groups: list[str] = []
    """The names of the groups that it went to."""
    recipients: list[Recipient]
    contents: dict[str, UpdateContent]
    """By language; removed once the letters are posted, but for their subject."""
    at: datetime
    phase: Phase = Phase.POSTING
    due_at: datetime | None = None
    reminders: int = 0
    version: int = 1


class FollowUp(StrEnum):
    """What is to be done with an update that is due."""

    POST = "post"
    REMIND = "remind"
    END = "end"


def require_public(incident: IncidentFact) -> None:
    """Raise a 409 `Problem` for an incident of which nobody outside is told."""
    if kept := why_not_public(incident):
        raise conflict(kept.value, _SENTENCES[kept])


def delivery_id(update_id: str, address: str) -> str:
    """The id of the letter of one reader."""
    return derive_id("stakeholders", update_id, address.casefold(), prefix="let_")


def letters_of(update: StakeholderUpdate) -> list[Letter]:
    """The letters of an update; those to one reader about one incident are one thread."""
    letters = []
    for recipient in update.recipients:
        content = update.contents[recipient.locale]
        reader = derive_id(recipient.address.casefold())[:12]
        letters.append(
            Letter(
                id=delivery_id(update.id, recipient.address),
                kind=LetterKind.STAKEHOLDERS,
                address=recipient.address,
                subject=content.subject,
                text=content.text,
                html=content.html,
                thread=f"stakeholders.{update.incident_id}.{reader}",
                headers={"X-Tocsin-Incident": update.incident_id},
                incident_id=update.incident_id,
                requested_at=update.at,
            )
        )
    return letters


def timeline_event(update: StakeholderUpdate) -> Event:
    """The line in the incident's timeline: whom it went to by group or number, never an address."""
    count = len(update.recipients)
    to = ", ".join(update.groups) or ("one reader" if count == 1 else f"{count} readers")
    words = f": {one_line(update.message)[:500]}" if update.message.strip() else ""
    fact = CommunicationFact(
        id=update.id,
        incident_id=update.incident_id,
        kind=CommunicationKind.STAKEHOLDERS,
        text=f"Stakeholders were informed ({to}; template {update.template}){words}",
        by=update.by,
        at=update.at,
    )
    return make(
        "communication.noted.v1",
        subject=update.id,
        sequence=1,
        time=update.at,
        data=fact,
        id=derive_id(update.id, "communication.noted.v1"),
    )


def decide_follow_up(update: StakeholderUpdate, incident: IncidentFact | None, newest_id: str | None) -> FollowUp:
    """What is to be done with an update whose time has come. `newest_id` is the incident's newest update's."""
    if update.phase is Phase.POSTING:
        return FollowUp.POST
    if incident is None or not is_watched(incident) or newest_id != update.id:
        return FollowUp.END
    return FollowUp.REMIND


def is_watched(incident: IncidentFact) -> bool:
    """True while stakeholders of this incident wait for news."""
    grave = incident.severity in _GRAVE or incident.priority in (Priority.CRITICAL, Priority.HIGH)
    return incident.status.is_open and grave and incident.merged_into is None and why_not_public(incident) is None


def after_posting(update: StakeholderUpdate, remind_after: timedelta) -> StakeholderUpdate:
    """The update once its letters are posted: they keep what they say, it keeps the subject."""
    contents = {key: one.changed(text="", html="") for key, one in update.contents.items()}
    return update.changed(phase=Phase.WATCHING, due_at=update.at + remind_after, contents=contents)


def after_reminder(update: StakeholderUpdate, remind_after: timedelta, now: datetime) -> StakeholderUpdate:
    """The update once somebody was reminded of the next."""
    return update.changed(due_at=now + remind_after, reminders=update.reminders + 1)


def finish(update: StakeholderUpdate) -> StakeholderUpdate:
    """The update once nobody waits for the next."""
    return update.changed(phase=Phase.OVER, due_at=None)


def speaker(incident: IncidentFact) -> str | None:
    """Who speaks for the incident, by id: the communications lead, else the commander, else whose it is."""
    holders = {holder.role: holder.user_id for holder in incident.roles}
    held = [holders[role] for role in SPEAKERS if role in holders] + incident.assignees
    return held[0] if held else None


def reminder(
    update: StakeholderUpdate,
    incident: IncidentFact,
    reader: Reader,
    now: datetime,
    *,
    forms: LetterForms,
    base_url: str,
) -> Letter:
    """The letter that reminds somebody of the next update."""
    locale = reader.locale
    title = one_line(incident.title) or incident.id
    names = {"title": title, "minutes": figure(int((now - update.at).total_seconds()) // 60, locale)}
    written = forms.write(
        LetterForm(
            locale=locale,
            greeting=stakeholder_word(locale, "greeting").format(name=reader.name or reader.id),
            heading=stakeholder_word(locale, "reminder.heading"),
            paragraphs=(stakeholder_word(locale, "reminder.text").format(**names),),
            rows=(
                (stakeholder_word(locale, "incident"), incident.id),
                (stakeholder_word(locale, "reminder.last"), local_time(update.at, reader.time_zone, locale)),
            ),
            links=((stakeholder_word(locale, "open"), f"{base_url}/incidents/{incident.id}"),),
            footer=notice_word(locale, "footer"),
        )
    )
    return Letter(
        id=derive_id("stakeholder reminder", update.id, update.reminders, prefix="let_"),
        kind=LetterKind.NOTICE,
        user_id=reader.id,
        subject=stakeholder_word(locale, "reminder.subject").format(**names),
        text=written.text,
        html=written.html,
        thread=f"incident.{incident.id}",
        incident_id=incident.id,
        requested_at=now,
    )
