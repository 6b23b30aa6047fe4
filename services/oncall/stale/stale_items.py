"""What is stale of plans and drills, since when, whose it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from services.oncall.directory.policy import TargetType
from services.oncall.directory.snapshot import Directory
from services.oncall.drills.drill import Drill
from services.oncall.escalation.escalation import Escalation
from services.oncall.schedules.plan import Override, OverrideKind, Schedule
from services.oncall.schedules.shifts import on_call
from shared.events.control import StaleItem

OVERRIDE_ENDED, DRILL_FORGOTTEN = "override_ended", "drill_forgotten"


def ended_overrides(escalations: Iterable[Escalation], directory: Directory, now: datetime) -> Iterator[StaleItem]:
    """For open incidents: who was paged by an override, which ended since, so that somebody else is on duty now."""
    ended = {
        key: [one for one in schedule.overrides if one.end <= now and one.kind is not OverrideKind.REMOVE]
        for key, schedule in directory.schedules.items()
    }
    for escalation in escalations:
        if escalation.drill:
            continue
        for key in _schedules_of(escalation):
            for override in ended.get(key, ()):
                item = _of_override(escalation, key, directory.schedules[key], override, directory, now=now)
                if item is not None:
                    yield item


def forgotten_drill(drill: Drill) -> StaleItem:
    """A drill that is over, and whose incidents nobody ended."""
    still = [one.id for one in drill.incidents if one.is_open]
    return StaleItem(
        kind=DRILL_FORGOTTEN,
        subject=drill.id,
        title=drill.plan.name,
        since=drill.ended_at or drill.starts_at,
        owner=drill.plan.made_by,
        people=list(drill.people),
        team=drill.plan.team,
        action=f"Stop it, which ends {', '.join(still[:5])}.",
        method="POST",
        path=f"/drills/{drill.id}/cancel",
    )


def _schedules_of(escalation: Escalation) -> list[str]:
    policies = [one for one in (escalation.policy, escalation.own_policy) if one is not None]
    targets = (target for policy in policies for step in policy.steps for target in step.targets)
    return list(dict.fromkeys(one.id for one in targets if one.type is TargetType.SCHEDULE))


def _of_override(
    escalation: Escalation, key: str, schedule: Schedule, override: Override, directory: Directory, *, now: datetime
) -> StaleItem | None:
    pages = [one.requested_at for one in escalation.attempts if one.user_id == override.user_id]
    if not any(override.start <= at < override.end for at in pages):
        return None
    there = sorted(on_call(schedule, now, directory.absences) & directory.users.keys())
    if override.user_id in there:
        return None
    return StaleItem(
        kind=OVERRIDE_ENDED,
        subject=escalation.incident.id,
        title=escalation.incident.title,
        since=override.end,
        owner=next(iter(there), escalation.team),
        people=there,
        team=escalation.team,
        action=f"{override.user_id} was paged for it by an override of {key} that ended: hand it over.",
        method="POST",
        path=f"/incidents/{escalation.incident.id}/roles",
    )
