"""A review as it is kept: numbers and what they are of, in no language. Pure."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.analytics.periods.period import Period
from services.analytics.reviews.schedule import ReviewKind, review_period
from shared.events.analytics.reviews import ReviewChart
from shared.stored import Stored

MOST_ITEMS = 10
"""That a section shows; how many more there are is said."""


class ReviewFigure(Stored):
    """A figure of the dashboard. None where nothing was there to make it of; of durations the median, in seconds."""

    name: str
    value: float | None = None
    previous: float | None = None
    n: int = 0
    """Of how many incidents it is made."""


class ReviewItem(Stored):
    """A line of a section: an incident, an action, a pattern, a person."""

    id: str
    title: str
    path: str
    at: datetime | None = None
    on: date | None = None
    count: int | None = None
    share: float | None = None


class ReviewSection(Stored):
    """One part of a review; its title is in `words`."""

    name: str
    figures: list[ReviewFigure] = []
    items: list[ReviewItem] = []
    more: int = 0
    """Items that are not shown."""


class Review(Stored):
    """A review that was made."""

    id: str
    version: int = 0
    kind: ReviewKind
    start: date
    end: date
    zone: str
    made_at: datetime
    sections: list[ReviewSection] = []
    chart: ReviewChart = ReviewChart()

    @property
    def period(self) -> Period:
        """The instants that it is about."""
        return review_period(self.kind, self.start, self.end, ZoneInfo(self.zone))


class Subscriber(Stored):
    """A person who gets reviews by mail, under their id."""

    user_id: str
    version: int = 0
    kinds: list[ReviewKind] = []


class Published(Stored):
    """A post-mortem that was published."""

    id: str
    title: str
    published_at: datetime


def shortened(name: str, items: list[ReviewItem], figures: list[ReviewFigure] | None = None) -> ReviewSection:
    """A section of these items, of which as many are kept as it shows."""
    return ReviewSection(
        name=name, figures=figures or [], items=items[:MOST_ITEMS], more=max(len(items) - MOST_ITEMS, 0)
    )
