"""When a critical alert of a service would page nobody, as the engine would find it: a week ahead, before any fallback.

The same rules decide as when an incident opens: which policy a service follows (`policy.choose`), whom its targets mean
at an instant (`shifts`, `Directory`), and by which methods a person is told. A person whose last page failed for good
by every method counts as nobody. Services that follow one policy share what is found; each is looked through once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.directory.policy import Policy, Target, TargetType, choose
from services.oncall.directory.snapshot import Directory, people_of
from services.oncall.escalation.notification_rules import Failing, is_reachable
from services.oncall.schedules.shifts import shifts
from services.oncall.schedules.spans import Span, merge_spans, subtract

AHEAD = timedelta(days=7)
SPANS_LIMIT = 20
"""Times with nobody that are told of one service, the soonest first."""


@dataclass(frozen=True, slots=True)
class UnpagedTime:
    """A service whose critical alert would page nobody in these times."""

    service: CatalogueService
    spans: Sequence[Span]


@dataclass
class Coverage:
    """Looks through policies from `start` to `end`, each policy and each schedule once."""

    directory: Directory
    failing: Failing
    start: datetime
    end: datetime
    _schedules: dict[str, list[Span]] = field(default_factory=dict)
    _policies: dict[tuple[str | None, bool], list[Span]] = field(default_factory=dict)

    def silent(self, service: CatalogueService) -> list[Span]:
        """When an alert of this service would page nobody, apart and in order."""
        copied, _ = choose(service.policy_id, service.id, self.directory.default_policy, self.directory.policies)
        key = (copied.id if copied else None, copied is not None)
        if key not in self._policies:
            self._policies[key] = self._find_uncovered(copied)
        return self._policies[key]

    def _find_uncovered(self, policy: Policy | None) -> list[Span]:
        left: list[Span] = [(self.start, self.end)]
        targets = dict.fromkeys(target for step in policy.steps for target in step.targets) if policy else ()
        # schedules last: whoever is named is there all the time
        for target in sorted(targets, key=lambda one: one.type is TargetType.SCHEDULE):
            if left:
                left = subtract(left, self._find_covered(target))
        return left

    def _find_covered(self, target: Target) -> list[Span]:
        if target.type is TargetType.SCHEDULE:
            return self._on_call(target.id)
        meant = people_of(self.directory.resolve((target,), self.start))
        return [(self.start, self.end)] if any(map(self._is_reachable, meant)) else []

    def _on_call(self, schedule_id: str) -> list[Span]:
        if schedule_id not in self._schedules:
            schedule = self.directory.schedules.get(schedule_id)
            roster = shifts(schedule, self.start, self.end, self.directory.absences).shifts if schedule else ()
            self._schedules[schedule_id] = merge_spans(
                (s.start, s.end) for s in roster if self._is_reachable(s.user_id)
            )
        return self._schedules[schedule_id]

    def _is_reachable(self, user_id: str) -> bool:
        user = self.directory.users.get(user_id)
        return user is not None and is_reachable(user, self.failing.get(user_id, ()))


def silences(
    directory: Directory, services: Iterable[CatalogueService], failing: Failing, now: datetime
) -> list[UnpagedTime]:
    """The services whose critical alert would page nobody at some time of the week from `now` on."""
    coverage = Coverage(directory, failing, now, now + AHEAD)
    return [UnpagedTime(one, spans[:SPANS_LIMIT]) for one in services if (spans := coverage.silent(one))]
