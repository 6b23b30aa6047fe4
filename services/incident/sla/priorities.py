"""What each priority means, what it promises, and which priorities a category usually has.

One outside the usual range is allowed, and flagged for people to look at twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from services.incident.sla.record import TARGETS
from shared.vocabulary import Category, Priority

CRITERIA: Mapping[Priority, str] = {
    Priority.CRITICAL: "The service is down, or data is at risk",
    Priority.HIGH: "A main function is broken",
    Priority.MEDIUM: "A secondary function is broken",
    Priority.LOW: "A wish, or something to improve",
}

USUAL: Mapping[Category, tuple[Priority, ...]] = {
    Category.ERROR: (Priority.CRITICAL, Priority.HIGH),
    Category.FAILURE: (Priority.CRITICAL,),
    Category.REQUEST: (Priority.MEDIUM, Priority.LOW),
    Category.CHANGE: (Priority.MEDIUM,),
    Category.SECURITY: (Priority.CRITICAL,),
    Category.PERFORMANCE: (Priority.HIGH, Priority.MEDIUM),
}


class PriorityView(BaseModel):
    """A priority, as it is shown beside the choice."""

    priority: Priority
    criteria: str
    response_seconds: int
    """Until the first acknowledgement, within the service's support hours; "at once" is five minutes."""
    resolution_seconds: int
    usual_for: list[Category]


def is_unusual(priority: Priority, category: Category) -> bool:
    """Outside the range that the category usually has."""
    return priority not in USUAL[category]


def priorities() -> list[PriorityView]:
    """All of them, the most pressing first."""
    return [
        PriorityView(
            priority=priority,
            criteria=text,
            response_seconds=int(TARGETS[priority].response.total_seconds()),
            resolution_seconds=int(TARGETS[priority].resolution.total_seconds()),
            usual_for=[category for category, usual in USUAL.items() if priority in usual],
        )
        for priority, text in CRITERIA.items()
    ]
