"""`GET /predictions/incidents`: what is expected to reach its limit, and how often that was right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.analytics.predictions.accuracy import FLOOR, LATEST, PERIOD, is_muted, sum_up
from services.analytics.predictions.store import PredictionStore
from services.analytics.samples.handlers import MOST_SERIES
from services.analytics.samples.sampled_series import SampledSeries
from services.analytics.samples.store import SeriesStore
from shared.clocks.clock import Now
from shared.events.analytics.predictions import PredictionFact, PredictionState
from shared.vocabulary import LimitKind, Role
from shared.web import Caller, decode_cursor, encode_cursor
from shared.web.paging import MAX_LIMIT, Cursor, Limit

WATCHED = "watched"
"""The state of an item whose limit is expected, but not within the horizon: nobody was told."""


class ExpectedView(BaseModel):
    """A series that is expected to reach its limit."""

    id: str
    """The series'."""
    prediction_id: str | None
    """What was told of it; null: nobody was told."""
    host: str
    metric: str
    limit: float
    limit_kind: LimitKind
    level: float | None
    """Where it stands."""
    expected_at: datetime
    interval: list[datetime]
    """From and to: the limit is reached between them in nine cases of ten."""
    confidence: float
    """How likely it is reached no later than half as late again as expected."""
    state: str
    """`expected` within the horizon (an incident was opened, unless `muted`), else `watched`."""
    muted: bool
    horizon_seconds: int
    service: str | None
    service_id: str | None
    rule_id: str | None
    last_at: datetime
    """The newest sample."""


class AccuracyView(BaseModel):
    """Grades of the last 30 days, and what follows from them; null where there is nothing to divide by."""

    hit: int
    averted: int
    false: int
    missed: int
    precision: float | None
    """(hit + averted) / (hit + averted + false)."""
    recall: float | None
    """(hit + averted) / (hit + averted + missed)."""
    lead_seconds: float | None
    """The median time from being told to the limit, of hits."""


class RuleAccuracyView(AccuracyView):
    """The same of one rule, or of one metric that is pushed."""

    rule: str
    muted: bool
    """It was wrong too often of late: its predictions are shown and graded, and nobody is told of them."""


class RefusedView(BaseModel):
    """A sender of more series than are kept."""

    scope: str
    """The teams of its keys; empty: of keys for all teams."""
    most: int
    refused_at: datetime


class ExpectedList(BaseModel):
    """The soonest first."""

    items: list[ExpectedView]
    next_cursor: str | None = None
    accuracy: AccuracyView
    rules: list[RuleAccuracyView]
    """What has grades, by rule."""
    floor: float = FLOOR
    """A rule whose precision over its newest grades is below this is muted."""
    refused: list[RefusedView]
    """Whose new series were refused within a day."""


class GradeView(BaseModel):
    """A prediction that was graded."""

    id: str
    host: str
    metric: str
    limit: float
    limit_kind: LimitKind
    state: PredictionState
    opened_at: datetime
    expected_at: datetime | None
    reached_at: datetime | None
    graded_at: datetime | None
    lead_seconds: int | None
    rule: str
    muted: bool


class GradeList(BaseModel):
    """The newest first, of the last 30 days; there is no next page."""

    items: list[GradeView]
    next_cursor: None = None


def routes(series: SeriesStore, predictions: PredictionStore, clock: Now) -> APIRouter:
    """The endpoints."""
    router = APIRouter(tags=["predictions"])

    @router.get("/predictions/incidents")
    async def list_expected(caller: Caller, limit: Limit = MAX_LIMIT, cursor: Cursor = None) -> ExpectedList:
        """What is expected to reach its limit, made anew within a minute of new samples, and how good that was so far.

        Without an expected crossing there is no item. `state` is `expected` within the horizon, else `watched`.
        """
        caller.require(Role.VIEWER)
        now = clock.now()
        after = decode_cursor(cursor, datetime, str)
        graded = await predictions.graded(caller.teams, now - PERIOD)
        found = await series.expected(caller.teams, after, limit + 1)  # what was graded before is not among them
        refused = await series.refused(now - timedelta(days=1)) if not caller.teams else {}
        last = found[limit - 1] if len(found) > limit else None
        place = last.outlook.expected_at if last is not None and last.outlook is not None else None
        return ExpectedList(
            items=[_view(one) for one in found[:limit]],
            next_cursor=encode_cursor(place, last.id) if place is not None and last is not None else None,
            accuracy=_accuracy(graded),
            rules=_by_rule(graded),
            refused=[RefusedView(scope=scope, most=MOST_SERIES, refused_at=at) for scope, at in refused.items()],
        )

    @router.get("/predictions/grades")
    async def list_grades(
        caller: Caller, limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many at most")] = MAX_LIMIT
    ) -> GradeList:
        """Predictions that were graded: hit, averted, false, or missed."""
        caller.require(Role.VIEWER)
        graded = await predictions.graded(caller.teams, clock.now() - PERIOD)
        return GradeList(items=[GradeView.model_validate(one, from_attributes=True) for one in graded[:limit]])

    return router


def _view(one: SampledSeries) -> ExpectedView:
    outlook, told = one.outlook, one.prediction
    if outlook is None or one.limit is None:
        raise ValueError(f"{one.id} has no outlook")
    return ExpectedView(
        id=one.id,
        prediction_id=told.id if told is not None else None,
        host=one.host,
        metric=one.metric,
        limit=one.limit,
        limit_kind=one.limit_kind,
        level=one.level,
        expected_at=outlook.expected_at,
        interval=[outlook.lo, outlook.hi],
        confidence=outlook.confidence,
        state=told.state if told is not None else WATCHED,
        muted=told is not None and told.muted,
        horizon_seconds=one.horizon_seconds,
        service=one.service,
        service_id=one.service_id,
        rule_id=one.rule_id,
        last_at=one.last_at,
    )


def _accuracy(graded: Sequence[PredictionFact]) -> AccuracyView:
    return AccuracyView.model_validate(sum_up(graded), from_attributes=True)


def _by_rule(graded: Sequence[PredictionFact]) -> list[RuleAccuracyView]:
    rules: dict[str, list[PredictionFact]] = {}
    for one in graded:
        rules.setdefault(one.rule, []).append(one)
    return [
        RuleAccuracyView(rule=rule, muted=is_muted(ones[: 2 * LATEST]), **_accuracy(ones).model_dump())
        for rule, ones in sorted(rules.items())
    ]
