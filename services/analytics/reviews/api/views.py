"""What HTTP shows of reviews; clients are written against these names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.analytics.reviews.review import Review, Subscriber
from services.analytics.reviews.schedule import ReviewKind


class ReviewFigureView(BaseModel):
    """A figure of the dashboard, and what it was the time before; of durations the median, in seconds."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    value: float | None
    previous: float | None
    n: int


class ReviewItemView(BaseModel):
    """An incident, an action, a pattern, a component or a person."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    title: str
    path: str
    at: datetime | None
    on: date | None
    count: int | None
    share: float | None


class ReviewSectionView(BaseModel):
    """A part of a review; `more` items are not shown."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    figures: list[ReviewFigureView]
    items: list[ReviewItemView]
    more: int


class ReviewChartView(BaseModel):
    """The incidents of each day, or week, by its first day, and of the time before."""

    model_config = ConfigDict(from_attributes=True)

    labels: list[date]
    values: list[int]
    previous: list[int]


class ReviewHeadView(BaseModel):
    """A review in the list: of the days [start, end)."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: ReviewKind
    start: date
    end: date
    zone: str
    made_at: datetime


class ReviewView(ReviewHeadView):
    """A review."""

    sections: list[ReviewSectionView]
    chart: ReviewChartView


class SubscriberBody(BaseModel):
    """Which reviews a person gets by mail; none ends it."""

    model_config = ConfigDict(extra="forbid")

    user_id: Annotated[str, Field(min_length=1, max_length=200)]
    kinds: Annotated[list[ReviewKind], Field(max_length=3)]


class SubscriberView(BaseModel):
    """Which reviews a person gets by mail."""

    user_id: str
    kinds: list[ReviewKind]


def review_view(review: Review) -> ReviewView:
    """The whole review."""
    return ReviewView.model_validate(review)


def subscriber_view(one: Subscriber) -> SubscriberView:
    """A subscriber."""
    return SubscriberView(user_id=one.user_id, kinds=list(one.kinds))
