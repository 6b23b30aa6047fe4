"""People hear once a day of what was forgotten and is theirs: one line each, with the one thing to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.i18n.dates import figure, local_time
from services.comms.i18n.plain_text import one_line
from services.comms.i18n.words import DEFAULT_LOCALE
from services.comms.mail.message import Letter
from services.comms.mail.template import LetterForms
from services.comms.notices.notice_letter import NoticeText, write_notice
from services.comms.notices.texts import NOTICE_WORDS, notice_word
from services.comms.people.reader import Reader
from shared.events import Event
from shared.events.control import StaleFact, StaleItem

FACT = StaleFact


def reader_ids(fact: StaleFact) -> Sequence[str]:
    """Whose it is."""
    return [fact.person] if fact.person is not None and fact.items else []


def team_ids(fact: StaleFact) -> Sequence[str]:
    """Everybody of the team, of what is nobody's in it."""
    return [fact.team] if fact.person is None and fact.team is not None and fact.items else []


def letter(fact: StaleFact, event: Event, reader: Reader, forms: LetterForms, base_url: str) -> Letter:
    """The list, the oldest first."""
    locale = reader.locale
    names = {"count": figure(len(fact.items), locale)}
    notice = NoticeText(
        key=("stale", event.id),
        thread=f"stale.{reader.id}",
        subject=notice_word(locale, "stale.subject").format(**names),
        heading=notice_word(locale, "stale.heading").format(**names),
        paragraphs=(notice_word(locale, "stale.text"),),
        points_title=notice_word(locale, "stale.found"),
        points=tuple(_said(one, reader) for one in fact.items),
        link=(notice_word(locale, "stale.open"), f"{base_url}/incidents/stale"),
    )
    return write_notice(notice, reader, forms, event.time)


def _said(item: StaleItem, reader: Reader) -> str:
    """One item in the reader's language and zone; of a kind that is new here, in its service's own words."""
    key = f"stale.{item.kind}"
    what = one_line(item.title) or item.subject
    since = local_time(item.since, reader.time_zone, reader.locale)
    if key not in NOTICE_WORDS[DEFAULT_LOCALE]:
        return f"{item.subject} · {what} · {since} · {one_line(item.action)}"
    return notice_word(reader.locale, key).format(subject=item.subject, title=what, since=since)
