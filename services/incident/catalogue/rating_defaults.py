"""What an incident is taken for when nobody says: priority, severity and urgency.

Priority: from the severity that was given, else from the category. Severity: the word of the priority that was given,
else the category's. Urgency: high for priority critical and high, else low, unless the service fixes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from shared.vocabulary import Category, Priority, Severity, Urgency


class UrgencyRule(StrEnum):
    """How a service's incidents get their urgency."""

    HIGH = "high"
    LOW = "low"
    BY_PRIORITY = "by_priority"


_OF_CATEGORY: Mapping[Category, str] = {
    Category.FAILURE: "critical",
    Category.SECURITY: "critical",
    Category.ERROR: "high",
    Category.PERFORMANCE: "medium",
    Category.CHANGE: "medium",
    Category.REQUEST: "low",
}


def priority_for(severity: Severity | None, category: Category) -> Priority:
    """The priority of an incident that was given none; `severity` is None when that was not given either."""
    return Priority(severity.value if severity is not None else _OF_CATEGORY[category])


def severity_for(priority: Priority | None, category: Category) -> Severity:
    """The severity of an incident that was given none; `priority` is None when that was not given either."""
    return Severity(priority.value if priority is not None else _OF_CATEGORY[category])


def urgency_for(priority: Priority, rule: UrgencyRule) -> Urgency:
    """How loudly people are told of an incident of this priority on a service with this rule."""
    if rule is not UrgencyRule.BY_PRIORITY:
        return Urgency(rule.value)
    return Urgency.HIGH if priority in (Priority.CRITICAL, Priority.HIGH) else Urgency.LOW
