"""Gathers what a batch of alert messages needs, has it decided, and writes it: the loop that every lane goes through.

Groups are written before heads (`grouping` says why). What lost its race is gathered and decided again. Repeats that
were written less than a minute ago are held back (`repeats`) and written by `run`, or when the process drains.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from prometheus_client import Counter

from services.ingest.alerts.batch import KeyDecision, Placement, decide, group_keys, may_be_effects
from services.ingest.alerts.fold import Head
from services.ingest.alerts.repeats import Held, Repeats, renews
from services.ingest.alerts.store.heads import Heads
from services.ingest.alerts.store.placement_reads import PlacementReads
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.grouping.group import Group
from services.ingest.grouping.store import Groups
from services.ingest.incident_copies.store import Incidents
from services.ingest.intake.message import QueuedAlert
from services.ingest.normalisation.alert import Action
from shared.clocks.clock import Now
from shared.outbox.races import decide_and_commit
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue

CHUNK = 500
"""As many alerts as are gathered, decided and written at once."""
QUIET = 50
"""In a batch of more messages than this all repeats wait, also those that are due: what is new goes before them."""
FLUSH_SECONDS = 0.5
FLUSH_KEYS = 100

FOLDED = Counter("tocsin_ingest_alerts_total", "Alert messages folded, by what became of them", ["reason"])
PLACED = Counter("tocsin_ingest_groups_total", "New alerts placed, by why they are in their group", ["reason"])

log = get_logger(__name__)


class AlertWriter:
    """Folds messages into alerts; lanes of one process may do so at once, and so may replicas."""

    def __init__(
        self, heads: Heads, groups: Groups, incidents: Incidents, directory: CatalogueCache, clock: Now
    ) -> None:
        self._heads = heads
        self._groups = groups
        self._reads = PlacementReads(incidents, directory)
        self._directory = directory
        self._clock = clock
        self._repeats = Repeats()

    async def fold(self, taken: Sequence[QueuedAlert]) -> None:
        """Fold these messages, a chunk at a time; returns when all that counts is written."""
        for start in range(0, len(taken), CHUNK):
            await self._fold_chunk(taken[start : start + CHUNK], {}, may_wait=True)

    async def run(self) -> None:
        """Write the repeats that have waited long enough, for ever."""
        pause = FLUSH_SECONDS
        while True:
            with log_and_continue("repeats are written later"):
                await asyncio.sleep(pause)
                began = time.monotonic()
                await self._flush(self._repeats.take_due(self._clock.now(), FLUSH_KEYS))
                # what is new goes before repeats: they get a fifth of the time at most
                pause = max(FLUSH_SECONDS, 4 * (time.monotonic() - began))

    async def drain(self) -> None:
        """Write all repeats that wait."""
        held = self._repeats.take_all()
        for start in range(0, len(held), CHUNK):
            await self._flush(held[start : start + CHUNK])

    async def _flush(self, held: Sequence[Held]) -> None:
        if not held:
            return
        more = {one.newest.head: one.more for one in held}
        try:
            await self._fold_chunk([one.newest for one in held], more, may_wait=False)
        except (Exception, asyncio.CancelledError) as error:
            for one in held:
                self._repeats.hold(one.newest, one.more + 1, self._clock.now())
            if isinstance(error, asyncio.CancelledError):
                raise
            # they wait on, and the process lives: repeats can be late
            log.warning("repeats could not be written yet", keys=len(held), error=repr(error)[:300])

    async def _fold_chunk(self, taken: Sequence[QueuedAlert], more: Mapping[str, int], *, may_wait: bool) -> None:
        pending: dict[str, list[QueuedAlert]] = defaultdict(list)
        homes, found = await self._heads.at_home(taken)
        for one in homes:
            pending[one.head].append(one)
        held = self._join_held(pending) if may_wait else []
        more = {**more, **{one.newest.head: one.more for one in held}}

        quiet = len(taken) <= QUIET

        async def decide_all(heads: Mapping[str, Head]) -> tuple[list[KeyDecision], list[KeyDecision], Placement]:
            decisions = decide(heads, pending, self._directory.directory)
            writing = [
                one
                for one in decisions
                if one.must_write or (one.repeats and self._is_due(one, may_wait=may_wait, quiet=quiet))
            ]
            return decisions, writing, await self._place(writing)

        async def commit(made: tuple[list[KeyDecision], list[KeyDecision], Placement]) -> set[str]:
            decisions, writing, placement = made
            lost = await self._heads.commit([_add_count(one, more.get(one.head.id, 0)) for one in writing], placement)
            self._settle([one for one in decisions if one.head.id not in lost], writing, placement)
            for key in pending.keys() - lost:
                del pending[key]
            return lost

        await decide_and_commit(lambda: self._heads.by_ids(list(pending)), decide_all, commit, known=found)
        for waiting in held:
            self._repeats.release(waiting)

    def _join_held(self, pending: Mapping[str, list[QueuedAlert]]) -> list[Held]:
        """A resolve or acknowledge goes together with the repeats of its key that wait, which it may have overtaken."""
        held = []
        for key, messages in pending.items():
            waiting = self._repeats.find(key)
            if waiting is not None and any(one.action is not Action.TRIGGER for one in messages):
                messages.append(waiting.newest)
                held.append(waiting)
        return held

    def _is_due(self, decision: KeyDecision, *, may_wait: bool, quiet: bool) -> bool:
        now = self._clock.now()
        if not may_wait or renews(decision.before.lapses_at, decision.head.lapses_at, now):
            return True
        return quiet and self._repeats.is_due(decision.head.id, now)

    async def _place(self, decisions: Sequence[KeyDecision]) -> Placement:
        """Find the group of every new occurrence and write the groups that changed."""
        keys = group_keys(decisions)
        if not keys:
            return Placement()
        causes = await self._reads.find_causes(may_be_effects(decisions))
        documents = [key.document for key in keys.values()]

        async def read() -> tuple[Mapping[str, Group], Mapping[str, Group]]:
            by_heart = self._groups.recall(documents)
            return by_heart, await self._groups.by_ids(documents, by_heart)

        async def decide_placement(known: tuple[Mapping[str, Group], Mapping[str, Group]]) -> Placement:
            by_heart, groups = known
            placement = await self._reads.read_placement(decisions, keys, groups, causes)
            if by_heart.keys() - {group.id for group in placement.changed}:
                # only what is written is checked: what stays as it is must be so
                placement = await self._reads.read_placement(
                    decisions, keys, await self._groups.by_ids(documents), causes
                )
            return placement

        return await decide_and_commit(read, decide_placement, lambda placement: self._groups.commit(placement.changed))

    def _settle(self, done: Sequence[KeyDecision], writing: Sequence[KeyDecision], placement: Placement) -> None:
        now = self._clock.now()
        written = {one.head.id for one in writing}
        for one in done:
            for reason in one.reasons:
                FOLDED.labels(reason.value).inc()
            if one.repeats and one.head.id in written:
                self._repeats.note_written(one.head.id, now)
            elif one.repeats:
                self._repeats.hold(one.newest, one.repeats, now)
        for placed in placement.reasons:
            PLACED.labels(placed.value).inc()


def _add_count(decision: KeyDecision, more: int) -> KeyDecision:
    """The decision with `more` repeats counted that were held back beside the one that was folded."""
    seen = decision.head.occurrence
    if not more or seen is None:
        return decision
    return replace(decision, head=replace(decision.head, occurrence=replace(seen, count=seen.count + more)))
