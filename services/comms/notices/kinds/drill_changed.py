"""People hear of a drill beforehand, where it is announced, and of its end: how it went, or that it was stopped."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.i18n.dates import local_time
from services.comms.i18n.plain_text import one_line
from services.comms.mail.message import Letter, LetterKind
from services.comms.mail.template import LetterForm, LetterForms
from services.comms.notices.texts import notice_word
from services.comms.people.reader import Reader
from shared.events import Event
from shared.events.oncall import DrillFact, DrillState
from shared.ids import derive_id

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
    written = forms.write(
        LetterForm(
            locale=locale,
            note=notice_word(locale, "drill_note") if kind == "planned" else "",
            greeting=notice_word(locale, "greeting").format(name=reader.name or reader.id),
            heading=notice_word(locale, f"drill.heading.{kind}").format(**names),
            paragraphs=(notice_word(locale, f"drill.text.{kind}").format(**names),),
            rows=tuple(rows),
            links=((notice_word(locale, "drill.open"), f"{base_url}/drills/{fact.id}"),),
            footer=notice_word(locale, "footer"),
        )
    )
    subject = notice_word(locale, f"drill.subject.{kind}").format(**names)
    return Letter(
        id=derive_id("drill", fact.id, kind, reader.id, prefix="let_"),
        kind=LetterKind.NOTICE,
        user_id=reader.id,
        subject=f"[{notice_word(locale, 'drill')}] {subject}",
        text=written.text,
        html=written.html,
        thread=f"drill.{fact.id}",
        requested_at=event.time,
    )


def _kind(fact: DrillFact) -> str:
    """What is told, as its words are called."""
    if fact.state is DrillState.SCHEDULED:
        return "planned"
    if fact.state is DrillState.CANCELLED:
        return "stopped"
    return {True: "met", False: "not_met", None: "over"}[fact.met]
