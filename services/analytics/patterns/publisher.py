"""Writes the patterns as search finds them, after each look that the clusters take at what was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.analytics.clusters.cluster_cache import Known
from services.analytics.patterns.found_pattern import FoundPattern, found_patterns
from services.analytics.patterns.pattern import Pattern, patterns_of
from services.analytics.patterns.store import FoundPatterns, Patterns
from shared.process.off_loop import OffLoop


class PatternPublisher:
    """Any number of replicas may write: all of them make the same of the same incidents, and the first one is first."""

    def __init__(self, patterns: Patterns, found: FoundPatterns, nudge: Callable[[], None]) -> None:
        self._patterns = patterns
        self._found = found
        self._nudge = nudge
        self._off_loop = OffLoop()
        self._written: tuple[Known, Mapping[str, str]] | None = None
        """Of what all that is stored was made."""

    async def publish(self, known: Known) -> None:
        """Write what is another than is stored."""
        if not known.incidents:  # nothing was read yet
            return
        notes = {key: one.notes for key, one in (await self._patterns.all()).items() if one.notes}
        if self._written is not None and self._written[0] is known and self._written[1] == notes:
            return
        wanted = await self._off_loop.run(_found_patterns, known, notes)
        if await self._found.write(wanted):
            self._written = None
            self._nudge()
        else:
            self._written = (known, notes)


def _found_patterns(known: Known, notes: Mapping[str, str]) -> dict[str, FoundPattern]:
    return found_patterns(_patterns_of(known), ((team, _patterns_of(part)) for team, part in known.by_team()), notes)


def _patterns_of(known: Known) -> list[Pattern]:
    return patterns_of(known.incidents, known.memberships, known.actions, known.runbooks)
