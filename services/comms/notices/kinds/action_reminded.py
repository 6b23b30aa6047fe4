"""The owner of an action item is reminded of it, before it is due and after."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.i18n.dates import local_day
from services.comms.i18n.plain_text import one_line
from services.comms.mail.message import Letter
from services.comms.mail.template import LetterForms
from services.comms.notices.notice_letter import NoticeText, write_notice
from services.comms.notices.texts import notice_word
from services.comms.people.reader import Reader
from shared.events import Event
from shared.events.actions import ActionReminder

FACT = ActionReminder


def reader_ids(fact: ActionReminder) -> Sequence[str]:
    """The owner, while there is still something to do; never of an imported or a drill's incident."""
    action = fact.action
    wanted = action.state.is_open and not (action.imported or action.drill or action.deleted)
    return [action.assignee_id] if wanted and action.assignee_id is not None else []


def letter(fact: ActionReminder, event: Event, reader: Reader, forms: LetterForms, base_url: str) -> Letter:
    """The reminder."""
    locale, action = reader.locale, fact.action
    title = one_line(action.title) or action.id
    rows = [(notice_word(locale, "action.title"), title), (notice_word(locale, "incident"), action.incident_id)]
    if action.due_on is not None:
        rows.append((notice_word(locale, "action.due"), local_day(action.due_on, locale)))
    priority = notice_word(locale, f"severity.{action.priority.value}")
    rows.append((notice_word(locale, "priority"), priority))
    notice = NoticeText(
        key=("reminder", event.id),
        thread=f"action.{action.id}",
        subject=notice_word(locale, f"action.subject.{fact.kind.value}").format(title=title),
        heading=notice_word(locale, f"action.heading.{fact.kind.value}"),
        paragraphs=(action.description,),
        rows=tuple(rows),
        link=(notice_word(locale, "action.open"), f"{base_url}/postmortems/{action.postmortem_id}"),
        incident_id=action.incident_id,
    )
    return write_notice(notice, reader, forms, event.time)
