"""Who holds which deliveries: one lease per process over all of them, not one per page.

A process writes its lease every 1.2 seconds, and it is good for 3.6; every two are enough while it holds nothing and
knows of no other: there is nothing that one could take, and nobody whom it judges. What a process holds whose lease
ran out is released: due at once for whoever is there. A process that starts again under its own name on its own machine
releases what its earlier self held without waiting, since that one is dead.

After an outage of the database every lease looks expired. Hence the rule that keeps pages from going out twice: only
a process that has itself held its lease without a break for a whole lease's length may judge another's. And a process
that can't be sure of its own lease starts no send.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Protocol

from services.comms.paging.store.leases import Leases
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue

LEASE_SECONDS = 3.6
BEAT_SECONDS = 1.2
QUIET_BEAT_SECONDS = 2.0
MARGIN_SECONDS = 1.0
COMPARE_SECONDS = 6.0
ALONE_SECONDS = 4.0
"""A process that knows of no other looks for one this often."""

log = get_logger(__name__)


class LeaseHolder(Protocol):
    """Knows in memory which deliveries this process holds."""

    def held_ids(self) -> set[str]:
        """The ids of all deliveries that this process holds."""

    def drop(self, page_ids: Iterable[str]) -> None:
        """Let go of deliveries that this process no longer holds."""

    async def pick_up(self, page_ids: list[str]) -> None:
        """Take up deliveries that this process holds by the store, and does not know of."""


class ProcessLease:
    """Renews this process's lease, and releases what processes held whose leases ran out."""

    def __init__(self, leases: Leases, clock: Now, instance: str) -> None:
        self._leases = leases
        self._clock = clock
        self._instance = f"{instance}@{socket.gethostname()}"
        self.owner = f"{self._instance}#{fresh()}"
        self._since = 0.0
        self._compared_at = self._judged_at = 0.0
        self._until = 0.0
        self._missing: set[str] = set()
        self._ended = False
        self._others = True
        self._on_release: Callable[[], None] = _nothing

    @property
    def is_sure(self) -> bool:
        """True while nobody else can have released what this process holds."""
        return not self._ended and time.monotonic() < self._until - MARGIN_SECONDS

    def on_release(self, hear: Callable[[], None]) -> None:
        """Have `hear` called when deliveries were released."""
        self._on_release = hear

    async def start(self) -> None:
        """Take the lease and release what this instance's earlier selves held."""
        await self._beat(None)
        for lease in await self._leases.all():
            if lease.instance == self._instance and lease.owner != self.owner:
                await self._release(lease.owner, "its process started again")

    async def run(self, hands: LeaseHolder) -> None:
        """Keep the lease, for ever; an outage of the database is waited out."""
        while True:
            with log_and_continue("the lease could not be prolonged"):
                await asyncio.sleep(BEAT_SECONDS if self._others or hands.held_ids() else QUIET_BEAT_SECONDS)
                if self._ended:
                    continue
                async with asyncio.timeout(LEASE_SECONDS):
                    await self._beat(hands)
                    if self._may_judge():
                        await self._judge_others()
                    if time.monotonic() - self._compared_at >= COMPARE_SECONDS - BEAT_SECONDS / 2:
                        await self._compare(hands)

    def _may_judge(self) -> bool:
        """Whether it has held its lease for long enough, and it is time to: what others hold must not wait for long."""
        now = time.monotonic()
        is_time = self._others or now - self._judged_at >= ALONE_SECONDS - BEAT_SECONDS / 2
        return is_time and now - self._since > LEASE_SECONDS

    async def end(self) -> None:
        """Release what is still held: the process is stopping.

        The lease stays, run out: should a write that was broken off come after all, others release that by it.
        """
        self._ended = True
        await self._release(self.owner, "the process is stopping")
        await self._leases.hold(self.owner, self._instance, self._clock.now())

    async def _beat(self, hands: LeaseHolder | None) -> None:
        began = time.monotonic()
        until = self._clock.now() + timedelta(seconds=LEASE_SECONDS)
        await self._leases.hold(self.owner, self._instance, until)
        if began > self._until:  # there was a break, in which others may have taken what was held here
            self._since = began
            if hands is not None:
                await self._compare(hands)
        self._until = began + LEASE_SECONDS

    async def _judge_others(self) -> None:
        now = self._clock.now()
        leases = await self._leases.all()
        self._judged_at = time.monotonic()
        self._others = any(lease.owner != self.owner for lease in leases)
        for lease in leases:
            if lease.until <= now and lease.owner != self.owner:
                await self._release(lease.owner, "its lease ran out")

    async def _compare(self, hands: LeaseHolder) -> None:
        """Memory against store. What is missing here for two comparisons is picked up; what isn't ours is dropped."""
        self._compared_at = time.monotonic()
        mine = hands.held_ids()
        stored = set(await self._leases.held_by(self.owner))
        hands.drop(mine - stored)
        missing = stored - hands.held_ids()
        await hands.pick_up(sorted(missing & self._missing))
        self._missing = missing

    async def _release(self, owner: str, why: str) -> None:
        count = await self._leases.release(owner, self._clock.now())
        if count:
            self._on_release()
            log.info("deliveries were released", owner=owner, why=why, count=count)


def _nothing() -> None:
    """Nobody listens yet."""
