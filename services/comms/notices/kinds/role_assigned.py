"""Who takes over a role in an incident is told so, with the role's duties."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.i18n.dates import local_time
from services.comms.i18n.plain_text import one_line
from services.comms.mail.message import Letter
from services.comms.mail.template import LetterForms
from services.comms.notices.notice_letter import NoticeText, write_notice
from services.comms.notices.texts import notice_word
from services.comms.people.reader import Reader
from shared.events import Event
from shared.events.command import RoleAssigned
from shared.events.oncall import runs_runbooks

FACT = RoleAssigned


def reader_ids(fact: RoleAssigned) -> Sequence[str]:
    """The new holder; nobody hears of an imported incident."""
    return [] if fact.imported else [fact.user_id]


def letter(fact: RoleAssigned, event: Event, reader: Reader, forms: LetterForms, base_url: str) -> Letter:
    """The letter to the new holder; a drill's says that it is one."""
    locale = reader.locale
    title = one_line(fact.title) or fact.incident_id
    names = {"role": one_line(fact.role_name) or fact.role, "title": title}
    drill = fact.drill_id is not None
    rows = [(notice_word(locale, "incident"), fact.incident_id)]
    if fact.previous_user_id:
        rows.append((notice_word(locale, "role.previous"), fact.previous_user_id))
    rows.append((notice_word(locale, "role.by"), fact.by))
    rows.append((notice_word(locale, "role.at"), local_time(fact.at, reader.time_zone, locale)))
    notice = NoticeText(
        key=("role", event.id),
        thread=f"incident.{fact.incident_id}",
        subject=f"{notice_word(locale, 'role.subject').format(**names)} · {fact.incident_id}",
        heading=notice_word(locale, "role.heading").format(**names),
        paragraphs=(notice_word(locale, "role.text").format(**names),),
        points_title=notice_word(locale, "role.duties"),
        points=tuple(fact.duties),
        rows=tuple(rows),
        link=(notice_word(locale, "open"), f"{base_url}/incidents/{fact.incident_id}"),
        incident_id=fact.incident_id,
        is_drill=drill,
        has_drill_note=drill,
        runs_runbooks=runs_runbooks(fact.drill_id),
    )
    return write_notice(notice, reader, forms, event.time)
