"""Who takes over a role in an incident is told so, with the role's duties."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.i18n.dates import local_time
from services.comms.i18n.plain_text import one_line
from services.comms.mail.message import Letter, LetterKind
from services.comms.mail.template import LetterForm, LetterForms
from services.comms.notices.texts import notice_word
from services.comms.people.reader import Reader
from shared.events import Event
from shared.events.command import RoleAssigned
from shared.ids import derive_id

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
    written = forms.write(
        LetterForm(
            locale=locale,
            note=notice_word(locale, "drill_note") if drill else "",
            greeting=notice_word(locale, "greeting").format(name=reader.name or reader.id),
            heading=notice_word(locale, "role.heading").format(**names),
            paragraphs=(notice_word(locale, "role.text").format(**names),),
            points_title=notice_word(locale, "role.duties"),
            points=tuple(fact.duties),
            rows=tuple(rows),
            links=((notice_word(locale, "open"), f"{base_url}/incidents/{fact.incident_id}"),),
            footer=notice_word(locale, "footer"),
        )
    )
    mark = f"[{notice_word(locale, 'drill')}] " if drill else ""
    return Letter(
        id=derive_id("role", event.id, fact.user_id, prefix="let_"),
        kind=LetterKind.NOTICE,
        user_id=fact.user_id,
        subject=f"{mark}{notice_word(locale, 'role.subject').format(**names)} · {fact.incident_id}",
        text=written.text,
        html=written.html,
        thread=f"incident.{fact.incident_id}",
        incident_id=fact.incident_id,
        requested_at=event.time,
    )
