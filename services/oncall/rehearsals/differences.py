"""Which pages one rehearsal has that another has not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from services.oncall.rehearsals.simulation import RehearsedPage


def only_in(pages: Sequence[RehearsedPage], others: Sequence[RehearsedPage]) -> list[RehearsedPage]:
    """Those of `pages` that are not among `others`, each as often as it is missing there."""
    there = Counter(map(_identity, others))
    found: list[RehearsedPage] = []
    for page in pages:
        key = _identity(page)
        if there[key]:
            there[key] -= 1
        else:
            found.append(page)
    return found


def _identity(page: RehearsedPage) -> tuple[object, ...]:
    one = page.attempt
    return page.incident, one.user_id, one.method_id, one.step, one.round, one.requested_at
