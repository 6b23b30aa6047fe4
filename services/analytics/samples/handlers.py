"""Samples in: put into their blocks, and their series made due. Any order and repetition ends in the same samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import Counter

from services.analytics.samples.block import empty, merge, slots_of
from services.analytics.samples.sampled_series import RuledLimit, SampledSeries, ToldSamples, apply_samples, join_told
from services.analytics.samples.store import BlockStore, SeriesStore
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.copies.replica import Replica
from shared.outbox.races import settle_batch
from shared.process.logs import get_logger
from shared.samples.message import Samples, Sender

MOST_SERIES = 10_000
"""As many series are kept for the keys of the same teams: labels that never repeat must not fill the database."""
TAKEN = Counter("tocsin_analytics_samples_total", "Samples kept")
REFUSED = Counter("tocsin_analytics_samples_refused_total", "Samples of more series than are kept for their sender")
LimitOf = Callable[[Sender, Samples], RuledLimit | None]

log = get_logger(__name__)


class SamplesHandler:
    """Takes the samples' queue in."""

    def __init__(
        self,
        series: SeriesStore,
        blocks: BlockStore,
        services: Replica,
        clock: Now,
        *,
        limit_of: LimitOf,
        most_series: int = MOST_SERIES,
    ) -> None:
        """`limit_of` tells what a rule says of a series whose sender names no limit."""
        self._most_series = most_series
        self._limit_of = limit_of
        self._series = series
        self._blocks = blocks
        self._services = services
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[tuple[Sender, list[Samples]]]]) -> None:
        """All samples of these messages; those of one series and block become one write."""
        told = join_told(
            ToldSamples(
                sender=delivery.payload[0],
                samples=one,
                ruled=self._limit_of(delivery.payload[0], one) if one.limit is None else None,
            )
            for delivery in batch
            for one in delivery.payload[1]
            if one.points
        )
        if told:
            await settle_batch(told, self._take)

    async def _take(self, told: list[ToldSamples]) -> list[ToldSamples]:
        known = await self._series.get([one.id for one in told])
        kept = await self._refuse_too_many(told, known)
        lost = await self._keep_points(kept)
        teams = await self._teams(kept)
        now = self._clock.now()
        after = [
            apply_samples(known.get(one.id), one, teams.get(one.samples.service_id or ""), now)
            for one in kept
            if one.id not in lost
        ]
        lost |= await self._series.commit([(one, (), ()) for one in after if one is not None])
        return [one for one in kept if one.id in lost]

    async def _keep_points(self, told: Sequence[ToldSamples]) -> set[str]:
        """Put the points into their blocks; the series of which a block lost its race."""
        parts = [(empty(one.id, slot), points) for one in told for slot, points in slots_of(one.samples.points).items()]
        stored = await self._blocks.get([(block.series_id, block.slot) for block, _ in parts])
        merged = [merge(stored.get(block.id, block), points) for block, points in parts]
        written = [one for one in merged if one is not None]
        lost = await self._blocks.commit(written)
        before = sum(len(one.millis) for one in stored.values())
        TAKEN.inc(max(0, sum(len(one.millis) for one in written) - before))
        return {one.series_id for one in written if one.id in lost}

    async def _teams(self, told: Sequence[ToldSamples]) -> dict[str, str | None]:
        ids = sorted({one.samples.service_id for one in told if one.samples.service_id})
        return {key: data.get("team") for key, data in (await self._services.get(ids)).items()}

    async def _refuse_too_many(self, told: list[ToldSamples], known: dict[str, SampledSeries]) -> list[ToldSamples]:
        """Those of known series, and of new ones as far as there is room for them."""
        new: dict[str, list[ToldSamples]] = {}
        for one in told:
            if one.id not in known:
                new.setdefault(one.sender.scope, []).append(one)
        refused: set[str] = set()
        for scope, ones in new.items():
            room = self._most_series - await self._series.count(scope, self._most_series)
            if room < len(ones):
                more = ones[max(0, room) :]
                refused |= {one.id for one in more}
                count = sum(len(one.samples.points) for one in more)
                REFUSED.inc(count)
                log.warning(
                    "more series are sent than are kept", most=self._most_series, refused=len(more), scope=scope
                )
                await self._series.note_refused(scope, count)
        return [one for one in told if one.id not in refused]
