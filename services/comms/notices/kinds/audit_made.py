"""A team is told once a day what is wrong with who is on call: gaps ahead, and people whom nothing would reach."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.i18n.dates import figure, local_time
from services.comms.i18n.words import DEFAULT_LOCALE
from services.comms.mail.message import Letter
from services.comms.mail.template import LetterForms
from services.comms.notices.notice_letter import NoticeText, write_notice
from services.comms.notices.texts import NOTICE_WORDS, notice_word
from services.comms.people.reader import Reader
from shared.events import Event
from shared.events.oncall import AuditFact, Finding

FACT = AuditFact

_TIMED = ("gap", "service_pages_nobody")
"""The kinds of findings that have a time."""


def reader_ids(fact: AuditFact) -> Sequence[str]:
    """Everybody of the team, if there is anything to mend."""
    return list(dict.fromkeys(fact.members)) if fact.findings else []


def letter(fact: AuditFact, event: Event, reader: Reader, forms: LetterForms, base_url: str) -> Letter:
    """The list, the soonest first."""
    locale = reader.locale
    until = local_time(fact.until, reader.time_zone, locale)
    names = {"team": fact.team_id, "count": figure(len(fact.findings), locale)}
    notice = NoticeText(
        key=("audit", event.id),
        thread=f"audit.{fact.team_id}",
        subject=notice_word(locale, "audit.subject").format(**names),
        heading=notice_word(locale, "audit.heading").format(**names),
        paragraphs=(notice_word(locale, "audit.text").format(until=until),),
        points_title=notice_word(locale, "audit.findings"),
        points=tuple(_said(one, reader) for one in fact.findings),
        link=(notice_word(locale, "audit.open"), f"{base_url}/on-call"),
    )
    return write_notice(notice, reader, forms, event.time)


def _said(finding: Finding, reader: Reader) -> str:
    """A finding in the reader's language and zone; of a kind that is new here in on-call's own words."""
    key = f"audit.{finding.kind}"
    if key not in NOTICE_WORDS[DEFAULT_LOCALE] or (finding.start is None) is (finding.kind in _TIMED):
        return finding.sentence
    return notice_word(reader.locale, key).format(
        schedule=finding.schedule_id,
        user=finding.user_id,
        service=finding.service_id,
        start=local_time(finding.start, reader.time_zone, reader.locale) if finding.start else "",
        end=local_time(finding.end, reader.time_zone, reader.locale) if finding.end else "",
    )
