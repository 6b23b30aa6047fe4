"""When a series reaches its limit, in tables and laws; figures against those that the samples were made with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.forecast.forecast import Forecast, Outcome, forecast
from services.analytics.forecast.season import find_season
from services.analytics.forecast.series import Series, clean, find_resets, medians, smooth
from services.analytics.forecast.trend import fit
from shared.vocabulary import LimitKind

pytestmark = pytest.mark.unit

BEGAN = 1_790_000_000.0
UPPER, LOWER = LimitKind.UPPER, LimitKind.LOWER


def times(count: int = 480, step: float = 15.0) -> Any:
    return BEGAN + step * np.arange(count)


def climb(count: int = 480, *, start: float = 50.0, end: float = 80.0, noise: float = 0.5, seed: int = 1) -> Any:
    return np.linspace(start, end, count) + np.random.default_rng(seed).normal(0, noise, count)


def look(at: Any, values: Any, limit: float = 90.0, kind: LimitKind = UPPER, now: float | None = None) -> Forecast:
    return forecast(at, values, limit, kind, float(np.nanmax(at)) if now is None else now)


def expected(found: Forecast) -> float:
    assert found.crossing is not None, found
    return found.crossing.expected_at


def test_a_line_meets_its_limit_where_it_was_drawn() -> None:
    at = times()
    found = look(at, climb(noise=0.0))
    # 30 in 479 steps of 15 s: the 10 that are missing take 159.67 steps
    assert expected(found) == pytest.approx(at[-1] + 479 * 15 / 3, abs=1)
    assert found.crossing is not None
    assert found.crossing.confidence == 1.0


def test_the_interval_holds_the_truth_in_nine_cases_of_ten() -> None:
    at = times()
    truth = at[-1] + 479 * 15 / 3
    held = 0
    for seed in range(200):
        crossing = look(at, climb(noise=3.0, seed=seed)).crossing
        assert crossing is not None
        assert crossing.lo <= crossing.expected_at <= crossing.hi
        held += crossing.lo <= truth <= crossing.hi
    assert held >= 180


def test_a_falling_limit_is_the_mirror_of_a_rising_one() -> None:
    at, values = times(), climb()
    one, other = look(at, values), look(at, -values, -90.0, LOWER)
    assert one.crossing == other.crossing
    assert other.level == pytest.approx(-(one.level or 0))


def test_spikes_change_little() -> None:
    at, values = times(), climb()
    without = expected(look(at, values))
    values[::29] = 500.0
    assert expected(look(at, values)) == pytest.approx(without, abs=60)


def test_only_what_came_after_the_last_reset_counts() -> None:
    at = times(700)
    values = np.concatenate([climb(200, end=85), climb(200, end=70), climb(300, end=80)])
    found = look(at, values)
    assert found.resets == 2
    assert found.last_reset_at == pytest.approx(at[400], abs=30)
    assert expected(found) == pytest.approx(at[-1] + 299 * 15 / 3, abs=90)


def test_a_gap_is_no_reset_and_no_zero() -> None:
    at, values = times(), climb()
    kept = np.r_[0:150, 300:480]
    found = look(at[kept], values[kept])
    assert found.resets == 0
    assert expected(found) == pytest.approx(expected(look(at, values)), abs=60)


def test_a_line_that_bends_is_followed_from_its_bend() -> None:
    at = times()
    values = np.concatenate([climb(300, start=50, end=50), climb(180, start=50, end=80)])
    assert expected(look(at, values)) == pytest.approx(at[-1] + 179 * 15 / 3, abs=90)


def test_a_daily_season_is_taken_off_and_put_on_again() -> None:
    at = times(5 * 288, 300.0)
    clean_values = 50 + 3 * (at - BEGAN) / 86_400 + 10 * np.sin(2 * np.pi * at / 86_400)
    values = clean_values + np.random.default_rng(2).normal(0, 0.5, len(at))
    ahead = at[-1] + 60 * np.arange(2880)
    later = 50 + 3 * (ahead - BEGAN) / 86_400 + 10 * np.sin(2 * np.pi * ahead / 86_400)
    limit = float(max(clean_values.max(), later.max() - 0.5))
    truth = ahead[np.argmax(later >= limit)]
    found = look(at, values, limit)
    assert found.seasonal
    assert expected(found) == pytest.approx(truth, abs=2400)


def test_a_season_needs_three_days() -> None:
    at = times(int(2.5 * 288), 300.0)
    series = Series(at, 10 * np.sin(2 * np.pi * at / 86_400))
    assert find_season(series, []) is None
    at = times(3 * 288, 300.0)
    found = find_season(Series(at, 10 * np.sin(2 * np.pi * at / 86_400)), [])
    assert found is not None
    assert np.allclose(found.at(at), 10 * np.sin(2 * np.pi * at / 86_400), atol=0.2)


def test_noise_is_no_season() -> None:
    at = times(4 * 288, 300.0)
    assert find_season(Series(at, np.random.default_rng(3).normal(0, 1, len(at))), []) is None


@pytest.mark.parametrize(
    "at, values, outcome",
    [
        pytest.param([], [], Outcome.TOO_FEW, id="nothing"),
        pytest.param([BEGAN + 7180], [50.0], Outcome.TOO_FEW, id="one point"),
        pytest.param([BEGAN + 7180] * 20, [50.0] * 20, Outcome.TOO_FEW, id="one instant"),
        pytest.param(times(), np.full(480, np.nan), Outcome.TOO_FEW, id="no numbers"),
        pytest.param(times(), np.full(480, 50.0), Outcome.NO_TREND, id="constant"),
        pytest.param(times(), climb(start=80, end=50), Outcome.NO_TREND, id="falling away"),
        pytest.param(times(), climb(start=60, end=95), Outcome.PASSED, id="beyond the limit already"),
        pytest.param(times(), np.full(480, 90.0), Outcome.PASSED, id="at the limit already"),
        pytest.param(times(), climb(start=50, end=51, noise=4, seed=0), Outcome.UNCERTAIN, id="noise alone"),
        pytest.param(times(), climb(start=50, end=50.1, noise=0), Outcome.FAR, id="years away"),
        pytest.param([*range(9), BEGAN + 7180], np.arange(10.0), Outcome.TOO_FEW, id="1970 and one point"),
    ],
)
def test_nothing_is_expected_where_nothing_can_be(at: Any, values: Any, outcome: Outcome) -> None:
    found = forecast(at, values, 90.0, UPPER, BEGAN + 7185)
    assert (found.outcome, found.crossing) == (outcome, None)


def test_a_series_that_fell_silent_is_not_foretold() -> None:
    at = times()
    assert look(at, climb(), now=at[-1] + 601).outcome is Outcome.SILENT
    hourly = times(100, 3600.0)
    assert look(hourly, climb(100), now=hourly[-1] + 9 * 3600).outcome is Outcome.EXPECTED


def test_a_single_spike_beyond_the_limit_has_not_passed_it() -> None:
    values = climb()
    values[-1] = 200.0
    assert look(times(), values).outcome is Outcome.EXPECTED


def test_samples_out_of_order_doubled_and_from_1970_or_the_future_say_the_same() -> None:
    at, values = times(), climb()
    right = look(at, values)
    order = np.random.default_rng(5).permutation(480)
    messy_at = np.concatenate([at[order], at[:50], [0.0, 100.0, at[-1] + 1e6], [at[7]]])
    messy = np.concatenate([values[order], values[:50], [1e9, 1e9, 1e9], [np.inf]])
    assert look(messy_at, messy, now=float(at[-1])) == right


@pytest.mark.parametrize("huge", [1e60, -1e60])
@pytest.mark.parametrize("limit", [1e60, 1e-300, -1e60])
def test_huge_numbers_are_answered(huge: float, limit: float) -> None:
    for values in (climb() * huge / 100, climb() * 1e-300, np.where(np.arange(480) % 2, huge, 0.0)):
        look(times(), values, limit)


def test_an_infinite_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="a limit is a number"):
        forecast([1.0], [1.0], float("inf"), UPPER, 2.0)
    with pytest.raises(ValueError, match="one length"):
        forecast([1.0, 2.0], [1.0], 3.0, UPPER, 2.0)


wild = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(st.lists(st.tuples(wild, wild), max_size=60), st.floats(-1e12, 1e12), st.sampled_from(LimitKind))
def test_whatever_is_sent_an_answer_comes(points: list[tuple[float, float]], limit: float, kind: LimitKind) -> None:
    found = forecast([one for one, _ in points], [one for _, one in points], limit, kind, BEGAN)
    assert (found.crossing is not None) is (found.outcome is Outcome.EXPECTED)
    if found.crossing is not None:
        assert BEGAN <= found.crossing.lo <= found.crossing.expected_at <= found.crossing.hi
        assert 0 <= found.crossing.confidence <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=80), st.floats(0.001, 1e3), st.floats(-1e5, 1e5))
def test_the_unit_of_a_metric_does_not_matter_to_its_resets(values: list[float], scale: float, shift: float) -> None:
    one = np.array(values).round(3)
    assert find_resets(one * 4.0) == find_resets(one)
    assert smooth(one).shape == one.shape


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=100), st.integers(1, 5000))
def test_medians_are_those_of_their_bins(seconds: list[int], width: int) -> None:
    at = np.unique(np.array(seconds, dtype=float))
    values = at * 2
    _, found = medians(Series(at, values), float(width))
    bins = ((at - at[0]) // width).astype(int)
    assert found.tolist() == [float(np.median(values[bins == one])) for one in np.unique(bins)]


def test_a_slope_is_sens() -> None:
    """By hand: the median of all slopes between ten points of which one is far off."""
    values = np.array([0.0, 1, 2, 3, 40, 5, 6, 7, 8, 9])
    found = fit(Series(np.arange(10.0), values))
    slopes = sorted((values[j] - values[i]) / (j - i) for i in range(10) for j in range(i + 1, 10))
    assert found is not None
    assert found.slope == pytest.approx(slopes[22]) == 1.0


def test_what_is_cleaned_keeps_the_last_of_doubles() -> None:
    found = clean([BEGAN, BEGAN + 1, BEGAN], [1.0, 2.0, 3.0], BEGAN + 10)
    assert (found.at.tolist(), found.values.tolist()) == ([BEGAN, BEGAN + 1], [3.0, 2.0])
