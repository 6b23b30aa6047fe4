"""Who ordered reviews gets each by mail, in their language, with its chart as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.i18n.words import DEFAULT_LOCALE, language
from services.comms.mail.markdown import markdown_html
from services.comms.mail.message import Letter
from services.comms.mail.template import LetterForms
from services.comms.notices.notice_letter import NoticeText, write_notice
from services.comms.notices.texts import notice_word
from services.comms.people.reader import Reader
from shared.charts.incident_bars import incident_bars
from shared.events import Event
from shared.events.analytics.reviews import ReviewFact
from shared.i18n.language import Locale

FACT = ReviewFact


def reader_ids(fact: ReviewFact) -> Sequence[str]:
    """Who ordered it."""
    return fact.people


def letter(fact: ReviewFact, event: Event, reader: Reader, forms: LetterForms, base_url: str) -> Letter:
    """The whole review: its title is the letter's."""
    locale = Locale(language(reader.locale))
    text = fact.texts.get(locale) or fact.texts[DEFAULT_LOCALE]
    below_title = text.markdown.partition("\n")[2].strip()
    picture_words = notice_word(locale, "review.chart")
    notice = NoticeText(
        key=("review", fact.id),
        thread=f"review.{fact.kind}.{reader.id}",
        subject=text.subject,
        heading=text.subject,
        body=markdown_html(below_title, below_title),
        plain=below_title,
        picture=incident_bars(fact.chart, picture_words, locale),
        picture_words=picture_words,
        link=(notice_word(locale, "review.open"), f"{base_url}/reviews/{fact.id}.html?lang={locale}"),
    )
    return write_notice(notice, reader, forms, event.time)
