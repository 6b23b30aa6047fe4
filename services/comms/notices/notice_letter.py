"""The letter that every notice is: greeting and footer, the parts that a notice says, and the mark of a drill. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.comms.i18n.words import drill_note
from services.comms.mail.message import Letter, LetterKind
from services.comms.mail.template import LetterForm, LetterForms
from services.comms.notices.texts import notice_word
from services.comms.people.reader import Reader
from shared.ids import derive_id


@dataclass(frozen=True, slots=True)
class NoticeText:
    """What a notice says, in its reader's language; empty parts are left out."""

    key: tuple[str, ...]
    """What it tells of: told again it is the same letter."""
    thread: str
    subject: str
    heading: str
    link: tuple[str, str]
    """The button, as (label, address)."""
    paragraphs: tuple[str, ...] = ()
    points_title: str = ""
    points: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    body: str = ""
    """HTML that was made safe; `plain` is its text."""
    plain: str = ""
    picture: str = ""
    """SVG, shown above the body; `picture_words` are for those who can't see it."""
    picture_words: str = ""
    incident_id: str | None = None
    is_drill: bool = False
    """Its subject says that it is about a drill."""
    has_drill_note: bool = False
    """And so does a note above all else."""
    runs_runbooks: bool = False
    """Of a drill whose runbooks really run: the note says that, too."""


def write_notice(notice: NoticeText, reader: Reader, forms: LetterForms, requested_at: datetime) -> Letter:
    """The letter to one reader."""
    locale = reader.locale
    written = forms.write(
        LetterForm(
            locale=locale,
            note=drill_note(locale, runs_runbooks=notice.runs_runbooks) if notice.has_drill_note else "",
            greeting=notice_word(locale, "greeting").format(name=reader.name or reader.id),
            heading=notice.heading,
            picture=notice.picture_words if notice.picture else "",
            body=notice.body,
            plain=notice.plain,
            paragraphs=notice.paragraphs,
            points_title=notice.points_title,
            points=notice.points,
            rows=notice.rows,
            links=(notice.link,),
            footer=notice_word(locale, "footer"),
        )
    )
    mark = f"[{notice_word(locale, 'drill')}] " if notice.is_drill else ""
    return Letter(
        id=derive_id(*notice.key, reader.id, prefix="let_"),
        kind=LetterKind.NOTICE,
        user_id=reader.id,
        subject=f"{mark}{notice.subject}",
        text=written.text,
        html=written.html,
        picture=notice.picture,
        thread=notice.thread,
        incident_id=notice.incident_id,
        requested_at=requested_at,
    )
