"""A step of a runbook has people told something about an incident."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.i18n.plain_text import one_line
from services.comms.mail.message import Letter, LetterKind
from services.comms.mail.template import LetterForm, LetterForms
from services.comms.notices.texts import notice_word
from services.comms.people.reader import Reader
from shared.events import Event
from shared.events.automation import NoticeFact
from shared.ids import derive_id

FACT = NoticeFact


def reader_ids(fact: NoticeFact) -> Sequence[str]:
    """The people whom the step names, or who have to do with the incident."""
    return fact.people


def team_ids(fact: NoticeFact) -> Sequence[str]:
    """The teams of which everybody is told."""
    return fact.teams


def letter(fact: NoticeFact, event: Event, reader: Reader, forms: LetterForms, base_url: str) -> Letter:
    """The step's own words, with the incident that they are about; a drill's says that it is one."""
    locale = reader.locale
    names = {"runbook": one_line(fact.runbook_name), "title": one_line(fact.incident_title) or fact.incident_id}
    drill = fact.drill_id is not None
    written = forms.write(
        LetterForm(
            locale=locale,
            note=notice_word(locale, "drill_note") if drill else "",
            greeting=notice_word(locale, "greeting").format(name=reader.name or reader.id),
            heading=notice_word(locale, "runbook.heading").format(**names),
            paragraphs=(fact.text,),
            rows=((notice_word(locale, "incident"), fact.incident_id),),
            links=((notice_word(locale, "open"), f"{base_url}/incidents/{fact.incident_id}"),),
            footer=notice_word(locale, "footer"),
        )
    )
    mark = f"[{notice_word(locale, 'drill')}] " if drill else ""
    return Letter(
        id=derive_id("runbook", fact.id, reader.id, prefix="let_"),
        kind=LetterKind.NOTICE,
        user_id=reader.id,
        subject=f"{mark}{notice_word(locale, 'runbook.subject').format(**names)} · {fact.incident_id}",
        text=written.text,
        html=written.html,
        thread=f"incident.{fact.incident_id}",
        incident_id=fact.incident_id,
        requested_at=event.time,
    )
