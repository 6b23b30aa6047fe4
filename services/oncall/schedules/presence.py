"""When people were not there: whoever is deleted is on call by no plan from then on, and what was before stays.

A plan may go on naming somebody who is gone, be it that it did so before the deletion or that it was made in the same
moment: whoever reads it decides by these absences. Where only somebody absent would be on call there is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from services.oncall.schedules.plan import EARLIEST, LATEST
from services.oncall.schedules.spans import Span

Absences = Mapping[str, Sequence[Span]]
"""By person the times [start, end) in which there is nobody of this id; a person who is always there is not in it."""

ALL_PRESENT: Absences = MappingProxyType({})
NEVER_THERE: Sequence[Span] = ((EARLIEST, LATEST),)


def is_absent(user_id: str | None, at: datetime, absences: Absences) -> bool:
    """True when there is nobody of this id at this instant."""
    return any(start <= at < end for start, end in absences.get(user_id or "", ()))


def turning_points(people: Iterable[str | None], absences: Absences) -> Iterator[datetime]:
    """The instants at which any of these people goes or comes back."""
    if absences:
        for user_id in set(people):
            for span in absences.get(user_id or "", ()):
                yield from span
