"""Tells of patterns that came often, after each look that the clusters take at what was written."""

from __future__ import annotations

from services.analytics.clusters.cluster_cache import Known
from services.analytics.patterns.pattern import patterns_of
from services.analytics.patterns.proposal import decide_proposals
from services.analytics.patterns.store import Patterns
from shared.clocks.clock import Now
from shared.process.off_loop import OffLoop


class Proposer:
    """Any number of replicas may propose: the version of what is kept lets one of them."""

    def __init__(self, patterns: Patterns, clock: Now) -> None:
        self._patterns = patterns
        self._clock = clock
        self._off_loop = OffLoop()

    async def propose(self, known: Known) -> None:
        """Tell of the patterns that are due."""
        found = await self._off_loop.run(patterns_of, known.incidents, known.memberships, known.actions, known.runbooks)
        if not any(pattern.is_frequent for pattern in found):
            return
        due = decide_proposals(found, await self._patterns.all(), self._clock.now())
        if due:
            await self._patterns.write([one.kept for one in due], {one.kept.id: one.fact for one in due})
