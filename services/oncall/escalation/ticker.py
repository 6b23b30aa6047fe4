"""The clock of all escalations: takes what is due, decides, and writes it; a step is never lost and never doubled.

One replica does it at a time (`shared.leader_lease`), so nothing is claimed document by document. Every decision is
guarded by the version it was made on. A write that lost its race is decided again on what is stored then; an answer
that came first has left nothing due. What can't be decided at all is put off, so that it does not hold up the rest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.store.escalations import Decided, Escalations, Kept
from services.oncall.escalation.store.turns import Turned, Turns
from services.oncall.escalation.tick import tick
from shared.clocks.clock import Now
from shared.leader_lease import LeaderLease
from shared.outbox.races import settle_batch
from shared.process.logs import get_logger
from shared.telemetry.metrics import DUE_LAG

LOOK = 1000
"""Due escalations that are read at once: to find them costs the database the same, however few are taken."""
BATCH = 100
"""Decided, written and handed on at once."""
LOOK_SECONDS = 4.0
"""What is due sooner after it was written is taken up by who wrote it; the rest by who holds the lease."""

log = get_logger(__name__)


class Ticker:
    """Sweeps the escalations that are due."""

    def __init__(
        self,
        escalations: Escalations,
        directory: DirectoryStore,
        turns: Turns,
        lease: LeaderLease,
        clock: Now,
        *,
        handed_on: Callable[[], Awaitable[None]],
        batch: int = BATCH,
    ) -> None:
        """`handed_on` returns when what was written so far is on the bus; `batch` are decided and written at once."""
        self._escalations = escalations
        self._handed_on = handed_on
        self._batch = batch
        self._directory = directory
        self._turns = turns
        self._lease = lease
        self._clock = clock
        self._work = escalations.due_work(self._sweep, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Sweep for ever, while this process holds the lease."""
        await self._work.run()

    async def _sweep(self) -> bool:
        return await self.sweep() == LOOK

    async def sweep(self) -> int:
        """Decide on what is due, the longest due first, up to `LOOK`; tells how many it found.

        Only while this process holds the lease, which may pass to another when the database is slow: a sweep that
        went on would do all of the other's work a second time, for nothing. But what this process wrote, due sooner
        than another may have seen it, is taken up by it in any case.
        """
        if not await self._lease.is_mine() and not self._work.is_own:
            return 0
        due = list((await self._escalations.due(self._clock.now(), LOOK)).items())
        for start in range(0, len(due), self._batch):
            if not await self._lease.is_mine() and not self._work.is_own:
                return 0
            await settle_batch(dict(due[start : start + self._batch]), self._settle)
            # what is written faster than it is handed on would wait in the outbox, and be found there a second time
            await self._handed_on()
        return len(due)

    async def _settle(self, known: Mapping[str, Kept]) -> dict[str, Kept]:
        """Decide and write; those that lost their race, as they are stored now."""
        decided = await self._decide(known)
        turns = await self._turns.take_for(decided)
        decided |= await self._decide({key: known[key] for key in turns}, turns)
        lost = await self._escalations.commit(decided)
        return await self._escalations.get(sorted(lost))

    async def _decide(self, known: Mapping[str, Kept], turns: Turned = MappingProxyType({})) -> dict[str, Decided]:
        now = self._clock.now()
        decided: dict[str, Decided] = {}
        for key, before in known.items():
            due_at = before.escalation.due_at
            if due_at is None or now < due_at:
                continue
            if key not in turns:
                DUE_LAG.labels("escalations").observe((now - due_at).total_seconds())
            directory = replace(self._directory.now, turns=turns[key]) if key in turns else self._directory.now
            try:
                decided[key] = Decided(before, tick(before.escalation, directory, now))
            except Exception:
                log.exception("an escalation can't be decided; it is put off", incident=key)
                await self._escalations.put_off(key, now)
        return decided
