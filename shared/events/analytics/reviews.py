"""Reviews that were made, and who gets them by mail."""

from __future__ import annotations

from datetime import date, datetime

from shared.events.envelope import Fact


class ReviewText(Fact):
    """A review in one language."""

    subject: str
    markdown: str


class ReviewChart(Fact):
    """Bars: a value for each day, or each week, and that of the period before in its place."""

    labels: list[date] = []
    """The first day of each."""
    values: list[int] = []
    previous: list[int] = []


class ReviewFact(Fact):
    """A review was made."""

    id: str
    kind: str
    """`weekly`, `monthly` or `quarterly`."""
    start: date
    end: date
    """The day after its last one."""
    texts: dict[str, ReviewText] = {}
    """By language: `en`, `ja`, `fa`."""
    chart: ReviewChart = ReviewChart()
    people: list[str] = []
    """Who gets it by mail."""
    made_at: datetime


class ReviewSubscriberFact(Fact):
    """Which reviews a person gets by mail; none when `deleted`."""

    user_id: str
    kinds: list[str] = []
    deleted: bool = False
