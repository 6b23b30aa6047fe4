"""What is told of predictions, and of the rules that some of them come from."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.events.envelope import Fact
from shared.vocabulary import LimitKind


class PredictionState(StrEnum):
    """Where a prediction stands, or how it was graded."""

    EXPECTED = "expected"
    """The limit is expected within the horizon."""
    HIT = "hit"
    """The limit was reached as expected."""
    AVERTED = "averted"
    """It turned, since somebody or something did what helped."""
    FALSE = "false"
    """It was not reached, and nobody did anything."""
    MISSED = "missed"
    """The limit was reached, and nobody had expected it."""
    WITHDRAWN = "withdrawn"
    """The series fell silent: nobody knows."""


class PredictionFact(Fact):
    """One prediction: a series that is expected to reach its limit, from then until it is over."""

    id: str
    series_id: str
    host: str
    metric: str
    limit: float
    limit_kind: LimitKind
    horizon_seconds: int
    service: str | None = None
    """The words by which the sender named the service."""
    service_id: str | None = None
    teams: list[str] = []
    """The teams that the sender's key is limited to."""
    visible_to: list[str] = []
    """The teams that may see it; `*` where it belongs to nobody."""
    rule: str
    """What it is graded with: the rule that polled it, or the metric as it was pushed."""
    state: PredictionState
    level: float | None = None
    """Where the series stood."""
    opening_level: float | None = None
    """Where it stood when this was foretold."""
    expected_at: datetime | None = None
    interval: list[datetime] = []
    """From and to: the limit is reached between them in nine cases of ten."""
    first_interval: list[datetime] = []
    """As it was foretold at first."""
    confidence: float = 0.0
    opened_at: datetime
    muted: bool = False
    """Its rule was wrong too often: nobody is told."""
    reached_at: datetime | None = None
    graded_at: datetime | None = None
    ended_at: datetime | None = None
    """It is over: what was opened for it may end."""
    lead_seconds: int | None = None
    """Of a hit: how long before the limit was reached it was told."""


class PredictionRuleFact(Fact):
    """A query that is polled from a Prometheus, or meets samples that are pushed, with the limit of what it finds."""

    id: str
    name: str
    query: str
    limit: float
    limit_kind: LimitKind
    horizon_seconds: int
    service: str | None = None
    team: str | None = None
    deleted: bool = False
