"""A step of a runbook has people told something about an incident."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.i18n.plain_text import one_line
from services.comms.mail.message import Letter
from services.comms.mail.template import LetterForms
from services.comms.notices.notice_letter import NoticeText, write_notice
from services.comms.notices.texts import notice_word
from services.comms.people.reader import Reader
from shared.events import Event
from shared.events.automation import NoticeFact
from shared.events.oncall import runs_runbooks

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
    notice = NoticeText(
        key=("runbook", fact.id),
        thread=f"incident.{fact.incident_id}",
        subject=f"{notice_word(locale, 'runbook.subject').format(**names)} · {fact.incident_id}",
        heading=notice_word(locale, "runbook.heading").format(**names),
        paragraphs=(fact.text,),
        rows=((notice_word(locale, "incident"), fact.incident_id),),
        link=(notice_word(locale, "open"), f"{base_url}/incidents/{fact.incident_id}"),
        incident_id=fact.incident_id,
        is_drill=drill,
        has_drill_note=drill,
        runs_runbooks=runs_runbooks(fact.drill_id),
    )
    return write_notice(notice, reader, forms, event.time)
