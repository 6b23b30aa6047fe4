"""A prediction as an alert: of low severity, the same however often it is told, and none where nobody is to hear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ingest.intake.message import decode, encode
from services.ingest.normalisation.alert import Action
from services.ingest.predictions.prediction_alert import accept, origin_of
from shared.events import Event, make
from shared.events.analytics.predictions import PredictionFact, PredictionState
from shared.testing.facts.predictions import prediction
from shared.vocabulary import Severity

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def told(sequence: int = 3, **fields: Any) -> tuple[PredictionFact, Event]:
    plain: dict[str, Any] = {"muted": False, "state": PredictionState.EXPECTED, "ended_at": None, "reached_at": None}
    fact = prediction().changed(**{**plain, **fields})
    return fact, make("prediction.changed.v1", subject=fact.id, sequence=sequence, time=NOW, data=fact)


def test_what_is_expected_fires_with_low_severity() -> None:
    fact, event = told()
    alert = accept(fact, event)
    assert alert is not None
    (read,) = decode(encode(origin_of(fact, event), [alert]))
    assert (read.action, read.source, read.prediction_id, read.key) == (Action.TRIGGER, "forecast", fact.id, fact.id)
    assert read.content.severity is Severity.LOW
    assert read.content.title.startswith("disk_free_gb of payments-db-1 is expected to reach 3 at ")
    assert read.origin.teams == ("payments-team",)
    again = accept(fact, event)
    assert again is not None
    assert again.stamp == alert.stamp


def test_later_words_come_after_earlier_ones() -> None:
    first, second = accept(*told(3)), accept(*told(4))
    assert first is not None
    assert second is not None
    assert first.stamp < second.stamp
    assert first.alert.token == second.alert.token


@pytest.mark.parametrize(
    "fields, action",
    [
        pytest.param({"state": PredictionState.HIT, "reached_at": NOW}, Action.TRIGGER, id="reached"),
        pytest.param({"state": PredictionState.AVERTED, "ended_at": NOW}, Action.RESOLVE, id="turned"),
        pytest.param({"state": PredictionState.HIT, "ended_at": NOW + timedelta(1)}, Action.RESOLVE, id="came back"),
        pytest.param({"state": PredictionState.MISSED, "ended_at": NOW}, None, id="missed"),
        pytest.param({"muted": True}, None, id="muted"),
    ],
)
def test_what_ended_resolves_and_nobody_hears_of_others(fields: dict[str, Any], action: Action | None) -> None:
    alert = accept(*told(**fields))
    assert (alert.alert.action if alert is not None else None) is action
