"""What a new forecast does to a series: a prediction begins, goes on, is graded, or is over. Pure.

The order of branches is the order of policy. A prediction begins when the limit is expected within the horizon, and is
graded once: hit when the limit is reached, averted when the series turned because somebody or something acted on it
(it fell back, or was reset, or a person took its incident), false when it turned or ran late and nobody had.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.analytics.forecast.forecast import Crossing, Forecast, Outcome
from services.analytics.samples.sampled_series import Outlook, SampledSeries
from shared.clocks.epoch import from_millis
from shared.events.analytics.predictions import PredictionFact, PredictionState
from shared.ids import derive_id
from shared.vocabulary import LimitKind

SURE = 0.5
"""Below this confidence nothing is told."""
STAYS = 1.5
"""A prediction stays until the limit is expected no sooner than so many horizons ahead."""
DOUBT = timedelta(minutes=15)
"""So long it stays when the series says nothing clear any more."""
TOLD_ANEW_SHARE = 0.1
TOLD_ANEW = timedelta(minutes=2)
"""It is told again when what is expected moved by so much of what is left, and by so long at least."""

AGAIN = timedelta(minutes=5)
"""A series of which something is expected is looked at so soon even if no sample comes: it may have fallen silent."""


class Reason(StrEnum):
    """Why a series' prediction is what it is now."""

    NOTHING = "nothing"
    WITHIN_HORIZON = "within_horizon"
    STILL_EXPECTED = "still_expected"
    MOVED = "moved"
    REACHED = "reached"
    REACHED_UNFORESEEN = "reached_unforeseen"
    STAYS_REACHED = "stays_reached"
    CAME_BACK = "came_back"
    TURNED = "turned"
    OVERDUE = "overdue"
    DOUBTED = "doubted"
    FELL_SILENT = "fell_silent"


@dataclass(frozen=True, slots=True)
class Looked:
    """A series after a look, and its prediction as it is to be told; None: there is nothing to tell."""

    series: SampledSeries
    told: PredictionFact | None
    reason: Reason


def needs_incident(series: SampledSeries, found: Forecast) -> bool:
    """Whether it matters to `decide` if a person took the incident: the prediction may be over."""
    open_one = series.prediction
    return open_one is not None and open_one.state is PredictionState.EXPECTED and found.outcome is not Outcome.EXPECTED


def decide(
    series: SampledSeries, found: Forecast, now: datetime, *, muted: bool = False, taken: bool = False
) -> Looked:
    """What this forecast makes of it. `muted`: its rule was wrong too often; `taken`: a person took its incident."""
    crossing = found.crossing
    seen = series.changed(
        due_at=now + AGAIN if crossing is not None or series.prediction is not None else None,
        looked_at=now,
        outcome=found.outcome,
        level=found.level,
        outlook=_outlook(crossing) if crossing is not None else None,
    )
    open_one = series.prediction
    if open_one is None:
        return _begin(series, seen, crossing, now, muted=muted)
    if open_one.state is PredictionState.HIT:
        return _follow_hit(seen, open_one, found, now)
    return _follow(seen, open_one, found, now, taken=taken)


def _begin(
    series: SampledSeries, seen: SampledSeries, crossing: Crossing | None, now: datetime, *, muted: bool
) -> Looked:
    if seen.outcome is Outcome.PASSED:
        was_below = series.outcome is not None and series.outcome is not Outcome.PASSED
        if not was_below or _is_quiet(series, now):
            return Looked(seen, None, Reason.NOTHING)
        missed = _made(seen, now, muted=muted).changed(
            state=PredictionState.MISSED, reached_at=seen.last_at, graded_at=now, ended_at=now
        )
        return Looked(seen.changed(count=seen.count + 1), missed, Reason.REACHED_UNFORESEEN)
    outlook = seen.outlook
    if crossing is None or outlook is None or _is_quiet(series, now) or crossing.confidence < SURE:
        return Looked(seen, None, Reason.NOTHING)
    if outlook.expected_at - now > timedelta(seconds=seen.horizon_seconds):
        return Looked(seen, None, Reason.NOTHING)
    made = _expect(_made(seen, now, muted=muted), outlook)
    return Looked(seen.changed(prediction=made, count=seen.count + 1), made, Reason.WITHIN_HORIZON)


def _follow(seen: SampledSeries, known: PredictionFact, found: Forecast, now: datetime, *, taken: bool) -> Looked:
    outlook = seen.outlook
    if found.outcome is Outcome.PASSED:
        lead = max(0, int((seen.last_at - known.opened_at).total_seconds()))
        hit = known.changed(
            state=PredictionState.HIT, reached_at=seen.last_at, graded_at=now, lead_seconds=lead, level=seen.level
        )
        return Looked(seen.changed(prediction=hit, doubted_since=None), hit, Reason.REACHED)
    horizon = timedelta(seconds=seen.horizon_seconds)
    if found.outcome in (Outcome.UNCERTAIN, Outcome.SILENT) or (
        found.outcome is Outcome.TOO_FEW and not _was_reset(found, known)
    ):
        since = seen.doubted_since or now
        if now - since < DOUBT:
            return Looked(seen.changed(doubted_since=since), None, Reason.DOUBTED)
        if found.outcome is Outcome.SILENT:
            return _end(seen, known, PredictionState.WITHDRAWN, now, Reason.FELL_SILENT)
    elif outlook is not None and outlook.expected_at - now <= STAYS * horizon:
        if now > _deadline(known):
            return _end(seen, known, _grade(seen, known, found, taken=taken), now, Reason.OVERDUE)
        return _update(seen.changed(doubted_since=None), known, outlook, now)
    return _end(seen, known, _grade(seen, known, found, taken=taken), now, Reason.TURNED)


def _follow_hit(seen: SampledSeries, known: PredictionFact, found: Forecast, now: datetime) -> Looked:
    if found.outcome in (Outcome.PASSED, Outcome.SILENT):
        return Looked(seen, None, Reason.STAYS_REACHED)
    over = known.changed(ended_at=now, level=seen.level)
    return Looked(seen.changed(prediction=None), over, Reason.CAME_BACK)


def _update(seen: SampledSeries, known: PredictionFact, outlook: Outlook, now: datetime) -> Looked:
    before = known.expected_at or now
    moved = abs(outlook.expected_at - before)
    if moved < TOLD_ANEW or moved < TOLD_ANEW_SHARE * (before - now):
        return Looked(seen, None, Reason.STILL_EXPECTED)
    told = _expect(known.changed(level=seen.level), outlook)
    return Looked(seen.changed(prediction=told), told, Reason.MOVED)


def _end(seen: SampledSeries, known: PredictionFact, state: PredictionState, now: datetime, reason: Reason) -> Looked:
    graded = None if state is PredictionState.WITHDRAWN else now
    over = known.changed(state=state, graded_at=graded, ended_at=now, level=seen.level)
    quiet = now + timedelta(seconds=seen.horizon_seconds) if state is PredictionState.FALSE else None
    return Looked(seen.changed(prediction=None, doubted_since=None, quiet_until=quiet), over, reason)


def _grade(seen: SampledSeries, known: PredictionFact, found: Forecast, *, taken: bool) -> PredictionState:
    acted = taken or _was_reset(found, known) or _fell_back(seen, known)
    return PredictionState.AVERTED if acted else PredictionState.FALSE


def _was_reset(found: Forecast, known: PredictionFact) -> bool:
    return found.last_reset_at is not None and found.last_reset_at > known.opened_at.timestamp()


def _fell_back(seen: SampledSeries, known: PredictionFact) -> bool:
    """It stands further from its limit than when it was foretold."""
    if seen.level is None or known.opening_level is None:
        return False
    sign = 1.0 if known.limit_kind is LimitKind.UPPER else -1.0
    return sign * (known.opening_level - seen.level) > 0


def _deadline(known: PredictionFact) -> datetime:
    """When what was expected at first is overdue, whatever is expected by then."""
    last = known.first_interval[1] if len(known.first_interval) == 2 else known.opened_at
    return max(last, known.opened_at + timedelta(seconds=2 * known.horizon_seconds))


def _is_quiet(series: SampledSeries, now: datetime) -> bool:
    return series.quiet_until is not None and now < series.quiet_until


def _made(seen: SampledSeries, now: datetime, *, muted: bool) -> PredictionFact:
    return PredictionFact(
        id=derive_id("prediction", seen.id, seen.count + 1, prefix="prd_"),
        series_id=seen.id,
        host=seen.host,
        metric=seen.metric,
        limit=seen.limit if seen.limit is not None else 0.0,
        limit_kind=seen.limit_kind,
        horizon_seconds=seen.horizon_seconds,
        service=seen.service,
        service_id=seen.service_id,
        teams=seen.teams,
        visible_to=seen.visible_to,
        rule=seen.rule,
        state=PredictionState.EXPECTED,
        level=seen.level,
        opening_level=seen.level,
        opened_at=now,
        muted=muted,
    )


def _expect(known: PredictionFact, outlook: Outlook) -> PredictionFact:
    interval = [outlook.lo, outlook.hi]
    return known.changed(
        expected_at=outlook.expected_at,
        interval=interval,
        first_interval=known.first_interval or interval,
        confidence=outlook.confidence,
    )


def _outlook(crossing: Crossing) -> Outlook:
    return Outlook(
        expected_at=_moment(crossing.expected_at),
        lo=_moment(crossing.lo),
        hi=_moment(crossing.hi),
        confidence=crossing.confidence,
    )


def _moment(seconds: float) -> datetime:
    return from_millis(round(seconds * 1000))
