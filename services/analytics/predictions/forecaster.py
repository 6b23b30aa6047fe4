"""Forecasts the series of which samples came, and writes what follows: whichever process meets a series first does it.

Each process remembers the samples of the series that it forecast last, and reads only what came since.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from prometheus_client import Counter

from services.analytics.forecast.forecast import Forecast, Outcome, forecast
from services.analytics.forecast.series import LONGEST_SECONDS, Series
from services.analytics.predictions.accuracy import LATEST, PERIOD, is_muted
from services.analytics.predictions.decision import Looked, decide, needs_incident
from services.analytics.predictions.store import PredictionStore, event_of, record_of
from services.analytics.samples.history import NOTHING, extend
from services.analytics.samples.sampled_series import SampledSeries, with_service
from services.analytics.samples.store import BlockStore, SeriesStore
from shared.clocks.clock import Now
from shared.events import Event
from shared.outbox.aggregates import Record
from shared.process.logs import get_logger
from shared.process.off_loop import OffLoop

AT_ONCE = 50
LOOK_SECONDS = 10.0
REMEMBERED = 5_000
"""Series whose samples a process remembers: some twelve kilobytes each."""
LATE = timedelta(minutes=20)
"""Samples that come later than so are only seen when a series' samples are read anew."""
ANEW = timedelta(hours=1)
log = get_logger(__name__)
DECIDED = Counter("tocsin_analytics_forecasts_total", "Forecasts of series, by what they say", ["outcome"])


class Forecaster:
    """One per process."""

    def __init__(self, series: SeriesStore, blocks: BlockStore, predictions: PredictionStore, clock: Now) -> None:
        self._series = series
        self._blocks = blocks
        self._predictions = predictions
        self._clock = clock
        self._off_loop = OffLoop()
        self._known: OrderedDict[str, tuple[datetime, Series]] = OrderedDict()
        """By series: when its samples were read anew, and its history."""
        self._work = series.due_work(self._look, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Forecast what falls due, for ever."""
        await self._work.run()

    async def _look(self) -> bool:
        now = self._clock.now()
        due = await self._with_services(await self._series.due(now, AT_ONCE))
        if not due:
            return False
        histories = await self._histories(due, now)
        found = await self._off_loop.run(_forecast_all, due, histories, now)
        muted = await self._muted({one.rule for one in due if one.prediction is None}, now)
        asked = [
            one.prediction.id
            for one, said in zip(due, found, strict=True)
            if one.prediction and needs_incident(one, said)
        ]
        taken = await self._predictions.taken(asked)
        looked = [
            decide(
                one, said, now, muted=one.rule in muted, taken=one.prediction is not None and one.prediction.id in taken
            )
            for one, said in zip(due, found, strict=True)
        ]
        for one in looked:
            DECIDED.labels(one.series.outcome or "").inc()
        # one that lost its race is still due, and decided again on what the winner wrote
        await self._series.commit([_written(one, now) for one in looked])
        return len(due) == AT_ONCE

    async def _with_services(self, due: list[SampledSeries]) -> list[SampledSeries]:
        """These series, with services that became known only after their samples came."""
        words = sorted({one.service for one in due if one.service and one.service_id is None})
        known = await self._predictions.services(words) if words else {}
        return [
            with_service(one, *known[one.service]) if one.service_id is None and one.service in known else one
            for one in due
        ]

    async def _histories(self, due: Sequence[SampledSeries], now: datetime) -> list[Series]:
        """The samples of each of these series, in their order."""
        week = now - timedelta(seconds=LONGEST_SECONDS)
        begins: dict[datetime, list[str]] = {}
        for one in due:
            read_at, known = self._known.get(one.id, (week, NOTHING))
            if not len(known) or now - read_at >= ANEW:
                self._known.pop(one.id, None)
                begins.setdefault(week, []).append(one.id)
            else:
                newest = datetime.fromtimestamp(float(known.at[-1]), tz=now.tzinfo)
                begin = min(newest, now) - LATE
                begins.setdefault(begin.replace(minute=begin.minute // 10 * 10, second=0, microsecond=0), []).append(
                    one.id
                )
        for begin, ids in begins.items():
            for key, blocks in (await self._blocks.since(ids, begin)).items():
                read_at, known = self._known.pop(key, (now, NOTHING))
                self._known[key] = read_at, extend(known, blocks)
        histories = [self._known[one.id][1] for one in due]
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return histories

    async def _muted(self, rules: set[str], now: datetime) -> set[str]:
        return {
            rule for rule in rules if is_muted(await self._predictions.newest_grades(rule, now - PERIOD, 2 * LATEST))
        }


def _forecast_all(due: Sequence[SampledSeries], histories: Sequence[Series], now: datetime) -> list[Forecast]:
    return [_forecast_one(one, history, now) for one, history in zip(due, histories, strict=True)]


def _forecast_one(series: SampledSeries, history: Series, now: datetime) -> Forecast:
    """The forecast of a series; numbers that nothing can be computed of keep nobody from the forecasts of others."""
    limit = series.limit if series.limit is not None else 0.0
    try:
        return forecast(history.at, history.values, limit, series.limit_kind, now.timestamp())
    except (ValueError, ArithmeticError) as error:  # numpy's own error of linear algebra is a ValueError
        log.warning("a series could not be forecast", series=series.id, error=repr(error)[:300])
        return Forecast(Outcome.UNCERTAIN)


def _written(one: Looked, now: datetime) -> tuple[SampledSeries, Sequence[Event], Sequence[Record]]:
    sequence = one.series.version + 1
    if one.told is None:
        return one.series, (), ()
    return one.series, [event_of(one.told, sequence, now)], [record_of(one.told, sequence)]
