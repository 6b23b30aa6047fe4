"""What happened more than once: incidents of one category and one title, however their numbers and ids differ. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from incident_manager.reporting.fact import IncidentFact

LEAST = 2
MOST_WORDS = 5


def find_patterns(facts: Iterable[IncidentFact]) -> dict[str, Any]:
    """The patterns, the most frequent first, with causes and what ended them; and how many incidents are in none."""
    groups: dict[tuple[str, str], list[IncidentFact]] = defaultdict(list)
    for one in sorted(facts, key=lambda one: (one.created_at, one.id)):
        groups[one.pattern].append(one)
    total = sum(len(ones) for ones in groups.values())
    found = [_pattern(ones, total) for ones in groups.values() if len(ones) >= LEAST]
    return {
        "total": total,
        "patterns": sorted(found, key=lambda one: (-one["count"], one["name"])),
        "unclustered": sum(len(ones) for ones in groups.values() if len(ones) < LEAST),
    }


def _pattern(ones: list[IncidentFact], total: int) -> dict[str, Any]:
    return {
        "name": Counter(one.title for one in ones).most_common(1)[0][0],
        "category": ones[0].category,
        "count": len(ones),
        "share": len(ones) / total,
        "first_at": ones[0].created_at.isoformat(),
        "last_at": ones[-1].created_at.isoformat(),
        "components": _frequent(name for one in ones for name in one.components),
        "causes": _frequent(one.root_cause for one in ones),
        "fixes": _frequent(text for one in ones for text in one.actions_taken),
        "prevention": _frequent(text for one in ones for text in one.preventive_measures),
        "examples": [one.id for one in ones[-3:]][::-1],
    }


def _frequent(texts: Iterable[str]) -> list[str]:
    """The most frequent of them; of equals the first."""
    return [text for text, _ in Counter(text for text in texts if text).most_common(MOST_WORDS)]
