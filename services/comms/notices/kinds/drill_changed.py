"""People hear of a drill beforehand, where it is announced, and of its end: how it went, or that it was stopped."""

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
from shared.events.oncall import DrillFact, DrillState

FACT = DrillFact


def reader_ids(fact: DrillFact) -> Sequence[str]:
    """Its people: before an announced one, and after any that began. What is not over and not new tells nobody."""
    is_new = fact.state is DrillState.SCHEDULED and fact.announced
    is_over = fact.started_at is not None and fact.ended_at is not None
    is_told = fact.state is DrillState.CANCELLED or (fact.state is DrillState.FINISHED and fact.is_scored)
    return list(dict.fromkeys(fact.people)) if is_new or (is_over and is_told) else []


def letter(fact: DrillFact, event: Event, reader: Reader, forms: LetterForms, base_url: str) -> Letter:
    """When it is, or where its report is; the same letter for each state, however often that is told."""
    locale = reader.locale
    kind = _kind(fact)
    names = {"name": one_line(fact.name) or fact.id, "at": local_time(fact.starts_at, reader.time_zone, locale)}
    rows = [(notice_word(locale, "drill.at"), names["at"])]
    if fact.service_id:
        rows.append((notice_word(locale, "service"), fact.service_id))
    notice = NoticeText(
        key=("drill", fact.id, kind),
        thread=f"drill.{fact.id}",
        subject=notice_word(locale, f"drill.subject.{kind}").format(**names),
        heading=notice_word(locale, f"drill.heading.{kind}").format(**names),
        paragraphs=(notice_word(locale, f"drill.text.{kind}").format(**names),),
        rows=tuple(rows),
        link=(notice_word(locale, "drill.open"), f"{base_url}/drills/{fact.id}"),
        is_drill=True,
        has_drill_note=kind == "planned" or fact.run_runbooks,
        runs_runbooks=fact.run_runbooks,
    )
    return write_notice(notice, reader, forms, event.time)


def _kind(fact: DrillFact) -> str:
    """What is told, as its words are called."""
    if fact.state is DrillState.SCHEDULED:
        return "planned"
    if fact.state is DrillState.CANCELLED:
        return "stopped"
    return {True: "met", False: "not_met", None: "over"}[fact.met]
