"""Examples of what is told of predictions: the disk of the story was foretold to run full, and did."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared.events import Fact
from shared.events.analytics.predictions import PredictionFact, PredictionRuleFact, PredictionState
from shared.testing.facts.reliability import budget
from shared.testing.story import at
from shared.vocabulary import LimitKind


def prediction() -> PredictionFact:
    """The forecast of the disk, which was reached."""
    return PredictionFact(
        id="prediction-disk-full",
        series_id="ser_01k0x4m2r0seriesexample01",
        host="payments-db-1",
        metric="disk_free_gb",
        limit=3.0,
        limit_kind=LimitKind.LOWER,
        horizon_seconds=7200,
        service="Payments",
        service_id="payments",
        teams=["payments-team"],
        visible_to=["payments-team"],
        rule="rule-disks",
        state=PredictionState.HIT,
        level=2.9,
        opening_level=11.5,
        expected_at=at(-30),
        interval=[at(-300), at(240)],
        first_interval=[at(-900), at(900)],
        confidence=0.97,
        opened_at=at(-5400),
        muted=True,
        reached_at=at(-60),
        graded_at=at(-55),
        ended_at=at(900),
        lead_seconds=5340,
    )


def prediction_rule() -> PredictionRuleFact:
    """The rule that polls the disks."""
    return PredictionRuleFact(
        id="rule-disks",
        name="Free space of databases",
        query='node_filesystem_avail_bytes{job="databases"} / 1e9',
        limit=3.0,
        limit_kind=LimitKind.LOWER,
        horizon_seconds=7200,
        service="payments",
        team="payments-team",
        deleted=True,
    )


PREDICTION_EXAMPLES: Mapping[str, Callable[[], Fact]] = {
    "budget.changed.v1": budget,
    "prediction.changed.v1": prediction,
    "prediction.ruled.v1": prediction_rule,
}
