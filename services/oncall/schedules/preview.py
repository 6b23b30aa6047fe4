"""What an edit of a schedule would change before it is saved: who gains or loses which hours, which gaps come and go.

Both plans are laid out by the same rules as `shifts`, overrides included; what is the same in both is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.oncall.schedules.plan import Schedule
from services.oncall.schedules.presence import ALL_PRESENT, Absences
from services.oncall.schedules.shifts import Roster, shifts
from services.oncall.schedules.spans import Span, merge_spans, subtract

AHEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The hours that one person gains and loses."""

    user_id: str
    gains: Sequence[Span]
    loses: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that is not the same in the span."""

    start: datetime
    end: datetime
    people: Sequence[Exchange]
    gaps_appear: Sequence[Span]
    gaps_vanish: Sequence[Span]


def compare(before: Schedule, after: Schedule, now: datetime, absences: Absences = ALL_PRESENT) -> Difference:
    """How the `AHEAD` from now on differ."""
    end = now + AHEAD
    old, new = shifts(before, now, end, absences), shifts(after, now, end, absences)
    had, has = _hours(old), _hours(new)
    exchanges = [
        Exchange(user, subtract(has.get(user, ()), had.get(user, ())), subtract(had.get(user, ()), has.get(user, ())))
        for user in sorted(had.keys() | has.keys())
    ]
    return Difference(
        now,
        end,
        [one for one in exchanges if one.gains or one.loses],
        subtract(new.gaps, old.gaps),
        subtract(old.gaps, new.gaps),
    )


def _hours(roster: Roster) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for shift in roster.shifts:
        found[shift.user_id].append((shift.start, shift.end))
    return {user: merge_spans(spans) for user, spans in found.items()}
