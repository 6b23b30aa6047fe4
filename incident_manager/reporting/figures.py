"""MTTA, MTTR, MTBF, recurrence, categories and components of the incidents of a period. Pure.

Times are in seconds, percentiles linearly interpolated. Time to acknowledge is the first acknowledgement after the
start, time to resolve the end after it; what has neither is pending and no zero. A failure is an incident of severity
critical or high and category failure, error, security or performance; downtime is the union of failures, from start to
end, inside the period. An incident is a recurrence when one of its cluster ended in the 30 days before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incident_manager.reporting.fact import IncidentFact

RECURS_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end) over the time of creation; `now` is where what is open still lasts to."""

    start: datetime
    end: datetime
    now: datetime

    @property
    def until(self) -> datetime:
        """How far the period has come."""
        return max(self.start, min(self.end, self.now))

    @property
    def seconds(self) -> float:
        """How much of it has passed."""
        return (self.until - self.start).total_seconds()


def measure(facts: Iterable[IncidentFact], period: Period, clusters: Mapping[str, str] | None = None) -> dict[str, Any]:
    """All figures; `facts` may reach back before the period, for recurrence and for what still lasted.

    `clusters` says in which cluster an incident is, by id; without it those of one pattern are alike.
    """
    everything = sorted(facts, key=lambda one: (one.created_at, one.id))
    counted = [one for one in everything if period.start <= one.created_at < period.end]
    failures = [one for one in counted if one.is_failure]
    lasting = [one for one in everything if one.is_failure and one.created_at < period.end]
    recurred = count_recurrences(everything, period, clusters)
    down = downtime(lasting, period)
    return {
        "incidents": len(counted),
        "open": sum(one.is_open for one in counted),
        "mtta": spread([one.acknowledged_at - one.created_at for one in counted if one.acknowledged_at], len(counted)),
        "mttr": spread([one.resolved_at - one.created_at for one in counted if one.resolved_at], len(counted)),
        "failures": len(failures),
        "downtime_seconds": down,
        "mtbf_seconds": (period.seconds - down) / len(failures) if failures else None,
        "recurred": recurred,
        "recurrence_rate": recurred / len(counted) if counted else None,
        "recurrence_by": "titles" if clusters is None else "clusters",
        "categories": measure_categories(counted),
        "components": measure_components(counted, lasting, period),
    }


def spread(lengths: Sequence[timedelta], of: int) -> dict[str, Any]:
    """Mean, median, p90 and n of lengths of time, and how many of `of` have none yet."""
    seconds = sorted(one.total_seconds() for one in lengths)
    return {
        "mean_seconds": sum(seconds) / len(seconds) if seconds else None,
        "median_seconds": percentile(seconds, 0.5),
        "p90_seconds": percentile(seconds, 0.9),
        "n": len(seconds),
        "pending": of - len(seconds),
    }


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Linearly interpolated between the two nearest; None of nothing."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def downtime(failures: Iterable[IncidentFact], period: Period) -> float:
    """The seconds of the period in which at least one of these lasted."""
    spans = sorted(
        (max(one.created_at, period.start), min(one.resolved_at or period.until, period.until)) for one in failures
    )
    total, reached = 0.0, period.start
    for start, end in spans:
        if end > reached:
            total += (end - max(start, reached)).total_seconds()
            reached = end
    return total


def count_recurrences(
    ordered: Sequence[IncidentFact], period: Period, clusters: Mapping[str, str] | None = None
) -> int:
    """How many of the period come after one of their cluster, or pattern, that ended in the 30 days before."""

    def kind(one: IncidentFact) -> tuple[str, str]:
        return one.pattern if clusters is None else (clusters.get(one.id, ""), "" if one.id in clusters else one.id)

    ends: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for one in ordered:
        if one.resolved_at is not None:
            ends[kind(one)].append(one.resolved_at)
    return sum(
        any(
            one.created_at - RECURS_WITHIN <= end <= one.created_at and end != one.resolved_at
            for end in ends[kind(one)]
        )
        for one in ordered
        if period.start <= one.created_at < period.end
    )


def measure_categories(counted: Sequence[IncidentFact]) -> list[dict[str, Any]]:
    """Count, open ones, share and time to resolve of each category, the most frequent first."""
    found: dict[str, list[IncidentFact]] = defaultdict(list)
    for one in counted:
        found[one.category].append(one)
    rows = [
        {
            "category": category,
            "count": len(ones),
            "open": sum(one.is_open for one in ones),
            "share": len(ones) / len(counted),
            "mttr": spread([one.resolved_at - one.created_at for one in ones if one.resolved_at], len(ones)),
        }
        for category, ones in found.items()
    ]
    return sorted(rows, key=lambda row: (-int(str(row["count"])), str(row["category"])))


def measure_components(
    counted: Sequence[IncidentFact], lasting: Sequence[IncidentFact], period: Period
) -> list[dict[str, Any]]:
    """Incidents, failures, downtime, its share and MTBF of each component, the worst first."""
    names = {name for one in (*counted, *lasting) for name in one.components}
    rows: list[dict[str, Any]] = []
    for name in names:
        ones = [one for one in counted if name in one.components]
        failures = sum(one.is_failure for one in ones)
        down = downtime((one for one in lasting if name in one.components), period)
        rows.append(
            {
                "component": name,
                "incidents": len(ones),
                "failures": failures,
                "downtime_seconds": down,
                "mtbf_seconds": (period.seconds - down) / failures if failures else None,
            }
        )
    total = sum(row["downtime_seconds"] for row in rows)
    for row in rows:
        row["share"] = row["downtime_seconds"] / total if total else 0.0
    return sorted(rows, key=lambda row: (-row["downtime_seconds"], -row["incidents"], row["component"]))
