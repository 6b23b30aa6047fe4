"""A review as Markdown in one language: each number is linked to its report. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from services.analytics.figures.catalogue import BY_NAME
from services.analytics.figures.figure import FigureKind
from services.analytics.reviews.review import Review, ReviewFigure, ReviewItem, ReviewSection
from services.analytics.reviews.words import WORDS
from shared.events.analytics.reviews import ReviewText
from shared.i18n.calendars import day_text, number_text, share_text
from shared.i18n.language import Locale
from shared.text.markdown import cell, plain

LONGEST_TITLE = 200
_ORDER = (Locale.EN, Locale.JA, Locale.FA)
"""Of the titles of figures."""


def review_text(review: Review, locale: Locale, base_url: str) -> ReviewText:
    """The review for readers of this language; `base_url` (without a slash at its end) is where links lead."""
    writer = _Writer(review, locale, base_url)
    return ReviewText(subject=writer.title, markdown="\n".join(writer.lines()) + "\n")


class _Writer:
    def __init__(self, review: Review, locale: Locale, base_url: str) -> None:
        self._review = review
        self._words = WORDS[locale]
        self._locale = locale
        self._base_url = base_url
        self._zone = ZoneInfo(review.zone)
        first, last = (day_text(day, locale) for day in (review.start, review.end - timedelta(days=1)))
        self.title = self._words[f"title.{review.kind}"].format(first=first, last=last)

    def lines(self) -> Iterator[str]:
        yield f"# {self.title}"
        for section in self._review.sections:
            yield ""
            yield f"## {self._words[f'section.{section.name}']}"
            yield ""
            yield from self._section(section)

    def _section(self, section: ReviewSection) -> Iterator[str]:
        if section.figures:
            heads = (self._words[f"column.{name}"] for name in ("figure", "value", "previous"))
            yield f"| {' | '.join(heads)} |"
            yield "| --- | --- | --- |"
            yield from map(self._row, section.figures)
        if section.figures and section.items:
            yield ""
        yield from (f"- {self._item(section.name, one)}" for one in section.items)
        if section.more:
            yield f"- {self._words['more'].format(count=number_text(section.more, self._locale))}"
        if not section.figures and not section.items:
            yield self._words["nothing"]

    def _row(self, figure: ReviewFigure) -> str:
        known = BY_NAME[figure.name]
        name = cell(known.titles[_ORDER.index(self._locale)])
        value, previous = (self._number(one, known.kind) for one in (figure.value, figure.previous))
        period = self._review.period
        asked = urlencode({"from": period.start.isoformat(), "to": period.end.isoformat(), "zone": self._review.zone})
        return f"| {name} | [{value}]({self._base_url}/reports/figures/{figure.name}/incidents?{asked}) | {previous} |"

    def _item(self, section: str, item: ReviewItem) -> str:
        title = plain(item.title[:LONGEST_TITLE]) or item.id
        shown = title if item.id in title else f"{plain(item.id)} {title}"
        return self._words[f"item.{section}"].format(
            title=f"[{shown if section != 'load' else title}]({self._base_url}{item.path})",
            at=self._day(item),
            count=number_text(item.count or 0, self._locale),
            share=self._number(item.share, FigureKind.SHARE),
        )

    def _day(self, item: ReviewItem) -> str:
        day = item.at.astimezone(self._zone).date() if item.at is not None else item.on
        return day_text(day, self._locale) if day is not None else ""

    def _number(self, value: float | None, kind: FigureKind) -> str:
        if value is None:
            return self._words["none"]
        if kind is FigureKind.SHARE:
            return share_text(value, self._locale)
        if kind is FigureKind.DURATION:
            return self._words["seconds"].format(minutes=number_text(f"{value / 60:.1f}", self._locale))
        return number_text(f"{value:.1f}" if kind is FigureKind.AVERAGE else f"{value:.0f}", self._locale)
