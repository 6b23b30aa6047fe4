"""When a pattern proposes that something is done against it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.analytics.patterns.kept_pattern import KeptPattern
from services.analytics.patterns.pattern import WINDOW, Pattern
from shared.events.actions import PatternFact

AGAIN_AFTER = WINDOW
"""A pattern that goes on proposes no second action before."""
STILL_NEWS = timedelta(days=90)
"""What was last seen longer ago proposes nothing: it has ended, or the history was imported."""
MOST_INCIDENTS = 50


@dataclass(frozen=True, slots=True)
class Proposed:
    """A pattern as it is kept after it proposed, and what is told of it."""

    kept: KeptPattern
    fact: PatternFact


def decide_proposals(patterns: Sequence[Pattern], kept: Mapping[str, KeptPattern], now: datetime) -> list[Proposed]:
    """The proposals that are due: frequent patterns, seen lately, without an open action or a recent proposal."""
    found = []
    for pattern in patterns:
        known = kept.get(pattern.id) or KeptPattern(id=pattern.id)
        if not pattern.is_frequent or pattern.last_seen < now - STILL_NEWS:
            continue
        if any(action.state.is_open for action in pattern.actions):
            continue
        if known.proposed_at is not None and now - known.proposed_at < AGAIN_AFTER:
            continue
        found.append(Proposed(known.changed(proposed_at=now), _fact(pattern, now)))
    return found


def _fact(pattern: Pattern, now: datetime) -> PatternFact:
    return PatternFact(
        id=pattern.id,
        name=pattern.name,
        incidents=[one.id for one in pattern.incidents[:MOST_INCIDENTS]],
        count=len(pattern.incidents),
        most_in_window=pattern.most_in_window,
        window_days=WINDOW.days,
        causes=[one.text for one in pattern.causes],
        fixes=[one.text for one in pattern.fixes],
        preventions=[one.text for one in pattern.preventions],
        proposed_title=proposed_title(pattern),
        at=now,
    )


def proposed_title(pattern: Pattern) -> str:
    """What the proposed action says: the measure that people named most often, else that one is needed."""
    measure = f": {pattern.preventions[0].text}" if pattern.preventions else ""
    return f"Prevent “{pattern.name}”{measure}"
