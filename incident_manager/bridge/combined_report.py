"""The figures of `bridge report`: imported errors and all other incidents of a period, side by side. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from incident_manager.reporting.fact import OPEN, IncidentFact, fact_of
from incident_manager.reporting.figures import Period, measure


class Combination:
    """Takes incidents one by one, and keeps of each what the figures need."""

    def __init__(self) -> None:
        self.facts: list[IncidentFact] = []
        self.imported = 0
        self.imported_open = 0
        self._types: Counter[str] = Counter()
        self._months: dict[str, Counter[str]] = {}

    def add(self, incident: Mapping[str, Any]) -> None:
        """Count an incident of the contract, unless it counts in nothing."""
        fact = fact_of(incident)
        if fact is None:
            return
        self.facts.append(fact)
        is_imported = bool(incident.get("imported"))
        self.imported += is_imported
        self.imported_open += is_imported and incident.get("status") in OPEN
        if fact.category == "error":
            self._types[type_of(fact.title)] += 1
        month = self._months.setdefault(f"{fact.created_at:%Y-%m}", Counter())
        month["imported" if is_imported else "own"] += 1

    def figures(self, start: datetime | None, end: datetime, now: datetime) -> tuple[dict[str, Any], Period]:
        """All figures, from `start` or the first incident on."""
        first = start or min((one.created_at for one in self.facts), default=end)
        period = Period(first, end, now)
        months = [
            {"month": month, "imported": count["imported"], "own": count["own"]}
            for month, count in sorted(self._months.items())
        ]
        types = [{"error_type": name, "count": count} for name, count in _ranked(self._types)]
        return measure(self.facts, period) | {
            "imported": self.imported,
            "imported_open": self.imported_open,
            "error_types": types,
            "months": months,
        }, period


def type_of(title: str) -> str:
    """The type of an error by its title: what stands before the first colon, where that is one word."""
    head, colon, _ = title.partition(":")
    return head if colon and head.strip() and " " not in head.strip() else "–"


def _ranked(counts: Counter[str]) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))
