"""What a look makes of a series' prediction: a table for each state, in the words of the grades."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.analytics.forecast.forecast import Crossing, Forecast, Outcome
from services.analytics.predictions.accuracy import is_muted, sum_up
from services.analytics.predictions.decision import AGAIN, Looked, Reason, decide, needs_incident
from services.analytics.samples.sampled_series import SampledSeries
from shared.events.analytics.predictions import PredictionFact, PredictionState
from shared.vocabulary import LimitKind

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def make_series(**fields: Any) -> SampledSeries:
    plain: dict[str, Any] = {
        "id": "ser_1", "host": "db-1", "metric": "memory", "limit": 90.0, "key_id": "k", "last_at": NOW,
        "outcome": Outcome.NO_TREND,
    }  # fmt: skip
    return SampledSeries(**{**plain, **fields})


def says(outcome: Outcome = Outcome.NO_TREND, *, level: float = 80.0, reset: datetime | None = None) -> Forecast:
    return Forecast(outcome, last_at=NOW.timestamp(), level=level, last_reset_at=reset.timestamp() if reset else None)


def crosses(ahead: timedelta = HOUR, *, confidence: float = 0.95, level: float = 80.0) -> Forecast:
    at = (NOW + ahead).timestamp()
    return Forecast(Outcome.EXPECTED, Crossing(at, at - 600, at + 600, confidence), NOW.timestamp(), level)


def opened(since: timedelta = timedelta(minutes=30), **fields: Any) -> SampledSeries:
    """A series with a prediction that was told so long ago."""
    at = NOW - since
    ahead = min(NOW + HOUR, at + 2 * HOUR).timestamp()
    looked = decide(
        make_series(), Forecast(Outcome.EXPECTED, Crossing(ahead, ahead - 600, ahead + 600, 0.9), level=80.0), at
    )
    assert looked.told is not None
    return looked.series.changed(**fields)


@pytest.mark.parametrize(
    "found, fields, reason",
    [
        pytest.param(crosses(), {}, Reason.WITHIN_HORIZON, id="within two hours"),
        pytest.param(crosses(timedelta(hours=3)), {}, Reason.NOTHING, id="later than the horizon"),
        pytest.param(
            crosses(timedelta(hours=3)), {"horizon_seconds": 14_400}, Reason.WITHIN_HORIZON, id="a longer one"
        ),
        pytest.param(crosses(confidence=0.4), {}, Reason.NOTHING, id="not sure"),
        pytest.param(crosses(), {"quiet_until": NOW + HOUR}, Reason.NOTHING, id="wrong a moment ago"),
        pytest.param(says(), {}, Reason.NOTHING, id="no trend"),
        pytest.param(says(Outcome.PASSED), {}, Reason.REACHED_UNFORESEEN, id="reached, and nobody knew"),
        pytest.param(says(Outcome.PASSED), {"outcome": None}, Reason.NOTHING, id="beyond when it was first seen"),
        pytest.param(says(Outcome.PASSED), {"outcome": Outcome.PASSED}, Reason.NOTHING, id="beyond before"),
    ],
)
def test_a_prediction_begins_when_the_limit_is_near_enough(
    found: Forecast, fields: dict[str, Any], reason: Reason
) -> None:
    looked = decide(make_series(**fields), found, NOW)
    assert looked.reason is reason
    assert (looked.told is not None) is (reason is not Reason.NOTHING)
    assert (looked.series.prediction is not None) is (reason is Reason.WITHIN_HORIZON)
    if reason is Reason.REACHED_UNFORESEEN:
        assert looked.told is not None
        assert (looked.told.state, looked.told.ended_at) == (PredictionState.MISSED, NOW)


def test_what_begins_says_all_of_it() -> None:
    looked = decide(make_series(teams=["a"], service="shop"), crosses(), NOW, muted=True)
    told = looked.told
    assert told is not None
    assert (told.state, told.muted, told.expected_at, told.opening_level) == ("expected", True, NOW + HOUR, 80.0)
    assert told.interval == told.first_interval == [NOW + timedelta(minutes=50), NOW + timedelta(minutes=70)]
    assert looked.series.due_at == NOW + AGAIN


@pytest.mark.parametrize(
    "found, fields, taken, reason, state",
    [
        pytest.param(crosses(), {}, False, Reason.STILL_EXPECTED, None, id="as before"),
        pytest.param(crosses(HOUR * 1.5), {}, False, Reason.MOVED, "expected", id="later than it was"),
        pytest.param(crosses(HOUR * 3.5), {}, False, Reason.TURNED, "false", id="far later"),
        pytest.param(says(Outcome.PASSED, level=91), {}, False, Reason.REACHED, "hit", id="reached"),
        pytest.param(says(level=81), {}, False, Reason.TURNED, "false", id="it stands still"),
        pytest.param(says(level=75), {}, False, Reason.TURNED, "averted", id="it fell back"),
        pytest.param(says(level=81), {}, True, Reason.TURNED, "averted", id="a person had taken it"),
        pytest.param(
            says(Outcome.TOO_FEW, level=20, reset=NOW), {}, False, Reason.TURNED, "averted", id="it was restarted"
        ),
        pytest.param(says(Outcome.UNCERTAIN), {}, False, Reason.DOUBTED, None, id="nothing clear"),
        pytest.param(
            says(Outcome.UNCERTAIN, level=81), {"doubted_since": NOW - HOUR}, False, Reason.TURNED, "false",
            id="nothing clear for an hour",
        ),
        pytest.param(
            says(Outcome.SILENT), {"doubted_since": NOW - HOUR}, False, Reason.FELL_SILENT, "withdrawn", id="silent"
        ),
    ],
)  # fmt: skip
def test_a_prediction_goes_on_is_graded_or_withdrawn(
    found: Forecast, fields: dict[str, Any], taken: bool, reason: Reason, state: str | None
) -> None:
    series = opened(**fields)
    looked = decide(series, found, NOW, taken=taken)
    assert (looked.reason, looked.told.state if looked.told else None) == (reason, state)
    is_over = state in ("averted", "false", "withdrawn")
    assert (looked.series.prediction is None) is is_over
    assert looked.told is None or (looked.told.ended_at is not None) is is_over
    assert (looked.series.quiet_until is not None) is (state == "false")
    assert needs_incident(series, found) is (found.outcome is not Outcome.EXPECTED)


def test_what_is_always_an_hour_ahead_is_false_in_the_end() -> None:
    looked = decide(opened(since=timedelta(hours=5)), crosses(level=80.5), NOW)
    assert looked.told is not None
    assert (looked.reason, looked.told.state) == (Reason.OVERDUE, PredictionState.FALSE)


def test_a_hit_is_over_when_it_comes_back() -> None:
    hit = decide(opened(), says(Outcome.PASSED, level=91), NOW)
    assert hit.told is not None
    assert (hit.told.lead_seconds, hit.told.reached_at) == (1800, NOW)
    stays = decide(hit.series, says(Outcome.PASSED, level=92), NOW + HOUR)
    assert (stays.reason, stays.told) == (Reason.STAYS_REACHED, None)
    over = decide(stays.series, says(level=60), NOW + 2 * HOUR)
    assert over.told is not None
    assert (over.reason, over.told.state, over.told.ended_at) == (Reason.CAME_BACK, "hit", NOW + 2 * HOUR)
    assert over.series.prediction is None


def test_each_prediction_of_a_series_has_an_id_of_its_own() -> None:
    first = decide(make_series(), crosses(), NOW)
    over = decide(first.series, says(level=70), NOW + HOUR)
    second = decide(over.series, crosses(timedelta(hours=2.5)), NOW + HOUR)
    ids: list[Looked] = [first, second]
    assert len({one.told.id for one in ids if one.told is not None}) == 2


def graded(state: PredictionState, **fields: Any) -> PredictionFact:
    plain: dict[str, Any] = {
        "id": "p", "series_id": "s", "host": "h", "metric": "m", "limit": 1.0, "limit_kind": LimitKind.UPPER,
        "horizon_seconds": 7200, "rule": "metric m", "opened_at": NOW, "state": state,
    }  # fmt: skip
    return PredictionFact(**{**plain, **fields})


def test_precision_recall_and_lead_are_what_they_say() -> None:
    hit, averted, false, missed = (
        PredictionState.HIT, PredictionState.AVERTED, PredictionState.FALSE, PredictionState.MISSED,
    )  # fmt: skip
    ones = [
        graded(hit, lead_seconds=600), graded(hit, lead_seconds=1200), graded(averted), graded(false), graded(missed),
        graded(missed), graded(PredictionState.WITHDRAWN),
    ]  # fmt: skip
    found = sum_up(ones)
    assert (found.hit, found.averted, found.false, found.missed) == (2, 1, 1, 2)
    assert (found.precision, found.recall, found.lead_seconds) == (3 / 4, 3 / 5, 900)
    nothing = sum_up([])
    assert (nothing.precision, nothing.recall, nothing.lead_seconds) == (None, None, None)


@pytest.mark.parametrize(
    "right, wrong, muted",
    [
        pytest.param(0, 4, False, id="too few to say"),
        pytest.param(0, 5, True, id="always wrong"),
        pytest.param(5, 5, False, id="at the floor"),
        pytest.param(4, 6, True, id="below it"),
        pytest.param(20, 30, False, id="only the newest count"),
    ],
)
def test_a_rule_below_its_floor_mutes_itself(right: int, wrong: int, muted: bool) -> None:
    newest = [graded(PredictionState.HIT)] * right + [graded(PredictionState.FALSE)] * wrong
    assert is_muted(newest) is muted
    missed = [graded(PredictionState.MISSED)] * 30
    assert is_muted([*missed, *newest]) is muted
