"""Tells of patterns that came often: looks soon after clusters may have changed, and seldom otherwise."""

from __future__ import annotations

from services.analytics.clusters.cluster_cache import ClusterCache
from services.analytics.patterns.pattern import patterns_of
from services.analytics.patterns.proposal import decide_proposals
from services.analytics.patterns.store import Patterns
from shared.bus.news import Nudges
from shared.clocks.clock import Now
from shared.process.off_loop import OffLoop
from shared.process.outliving import log_and_continue

DEAF_SECONDS = 15.0
QUIET_SECONDS = 300.0


class Proposer:
    """Any number of replicas may propose: the version of what is kept lets one of them."""

    def __init__(self, cache: ClusterCache, patterns: Patterns, news: Nudges, clock: Now) -> None:
        self._cache = cache
        self._patterns = patterns
        self._news = news
        self._clock = clock
        self._off_loop = OffLoop()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            with log_and_continue("patterns propose what should be done"):
                await self.propose()
            await self._news.wait(deaf_seconds=DEAF_SECONDS, longest_seconds=QUIET_SECONDS)

    async def propose(self) -> None:
        """Tell of the patterns that are due."""
        known = await self._cache.fresh()
        found = await self._off_loop.run(patterns_of, known.incidents, known.memberships, known.actions)
        if not any(pattern.is_frequent for pattern in found):
            return
        due = decide_proposals(found, await self._patterns.all(), self._clock.now())
        if due:
            await self._patterns.write([one.kept for one in due], {one.kept.id: one.fact for one in due})
