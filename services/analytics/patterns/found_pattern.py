"""A pattern as search finds it: what people may look for, and what ended it. Pure.

Whoever may see all incidents finds a pattern whole. A key of a team finds the part that its team's incidents make, for
names and solutions of others are not for it to read; where all incidents are one team's, both are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from services.analytics.patterns.pattern import Pattern
from shared.events import Fact

LONGEST_NOTES = 4_000


class FoundPattern(Fact):
    """A pattern, or the part of one that is a team's."""

    id: str
    """The pattern's."""
    part: str | None = None
    """The team whose incidents alone it is made of, where others have some too."""
    name: str
    count: int = 0
    team: str | None = None
    service_id: str | None = None
    """Of all its incidents, if they have one in common."""
    components: list[str] = []
    fixes: list[str] = []
    causes: list[str] = []
    preventions: list[str] = []
    runbooks: list[str] = []
    notes: str = ""
    last_seen: datetime | None = None
    deleted: bool = False

    @property
    def key(self) -> str:
        """What it is stored by."""
        return self.id if self.part is None else f"{self.id}@{self.part}"


def found_patterns(
    whole: Iterable[Pattern], by_team: Iterable[tuple[str, Iterable[Pattern]]], notes: Mapping[str, str]
) -> dict[str, FoundPattern]:
    """All that can be found of patterns, by key; `notes` are people's, by pattern."""
    found = {one.key: one for one in _of_all(whole, notes)}
    for team, patterns in by_team:
        for pattern in patterns:
            if pattern.id not in found or found[pattern.id].team == team:
                continue
            part = _of(pattern, notes, team).changed(part=team)
            found[part.key] = part
    return found


def _of_all(patterns: Iterable[Pattern], notes: Mapping[str, str]) -> Iterator[FoundPattern]:
    for pattern in patterns:
        teams = {one.team for one in pattern.incidents}
        yield _of(pattern, notes, teams.pop() if len(teams) == 1 else None)


def _of(pattern: Pattern, notes: Mapping[str, str], team: str | None) -> FoundPattern:
    services = {one.service_id for one in pattern.incidents}
    return FoundPattern(
        id=pattern.id,
        name=pattern.name,
        count=len(pattern.incidents),
        team=team,
        service_id=services.pop() if len(services) == 1 else None,
        components=[one.text for one in pattern.components],
        fixes=[one.text for one in pattern.fixes],
        causes=[one.text for one in pattern.causes],
        preventions=[one.text for one in pattern.preventions],
        runbooks=[f"{one.name}: {one.words}" for one in pattern.runbooks],
        notes=notes.get(pattern.id, "")[:LONGEST_NOTES],
        last_seen=pattern.last_seen,
    )
