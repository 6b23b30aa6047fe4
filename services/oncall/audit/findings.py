"""What is wrong with who is on call, before it hurts: services whose critical alert would page nobody in the next 7
days, gaps in the next 30, and people whom nothing would reach.

A person is looked at when a schedule has them on call in that time, or a policy names them or their team. What they
lack is told by what they wrote themselves, and by the last result of a page by each method.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.oncall.audit.coverage import silences
from services.oncall.catalogue_copy.services import CatalogueService
from services.oncall.directory.people import Team
from services.oncall.directory.policy import TargetType
from services.oncall.directory.snapshot import Directory
from services.oncall.durations import duration_text
from services.oncall.escalation.notification_rules import Failing, is_reachable
from services.oncall.schedules.shifts import shifts
from services.oncall.schedules.spans import subtract
from shared.events.oncall import AuditFact
from shared.events.oncall import Finding as Told

AHEAD = timedelta(days=30)
AGAIN = timedelta(days=1)
"""How often a team is told of what is still wrong."""
FINDING_LIMIT = 200
"""Findings that one telling holds, the soonest first."""


class FindingKind(StrEnum):
    """What is wrong."""

    SERVICE_PAGES_NOBODY = "service_pages_nobody"
    GAP = "gap"
    EMPTY_LAYER = "layer_without_people"
    NO_METHOD = "no_contact_method"
    NO_WORKING_METHOD = "no_working_contact_method"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, for people to read; of a gap also when it is."""

    kind: FindingKind
    sentence: str
    teams: tuple[str, ...]
    """Whose it is to mend."""
    schedule_id: str | None = None
    user_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    service_id: str | None = None


def audit(
    directory: Directory, failing: Failing, now: datetime, services: Iterable[CatalogueService] = ()
) -> list[Finding]:
    """Everything that is wrong now: what has a time first, by its start, then layers and people by id."""
    found = list(_find_unpaged(directory, failing, now, services))
    people = _people_in_policies(directory)
    for key, schedule in sorted(directory.schedules.items()):
        teams = (schedule.team,) if schedule.team else ()
        roster = shifts(schedule, now, now + AHEAD, directory.absences)
        people |= {shift.user_id for shift in roster.shifts}
        # whom nobody knows is on call by the plan and would not be paged
        covered = ((shift.start, shift.end) for shift in roster.shifts if shift.user_id in directory.users)
        for start, end in subtract([(now, now + AHEAD)], covered):
            lasts = duration_text(end - start)
            sentence = f"Nobody is on call by {schedule.name} for {lasts} from {start:%Y-%m-%d %H:%M} UTC on."
            found.append(Finding(FindingKind.GAP, sentence, teams, key, start=start, end=end))
        for layer in schedule.plan.layers:
            if directory.users.keys().isdisjoint(layer.participants):
                sentence = f"The layer {layer.name} of {schedule.name} has no people."
                found.append(Finding(FindingKind.EMPTY_LAYER, sentence, teams, key))
    found.sort(key=lambda one: (one.start is None, one.start.timestamp() if one.start else 0.0, one.schedule_id or ""))
    for user_id in sorted(people & directory.users.keys()):
        found.extend(_find_unreachable(user_id, directory, failing.get(user_id, ())))
    return found


def make_audit_fact(team_id: str, team: Team, findings: Sequence[Finding], now: datetime) -> AuditFact | None:
    """The audit event for a team; None when none of these findings concerns it."""
    own = [one for one in findings if team_id in one.teams]
    if not own:
        return None
    return AuditFact(
        team_id=team_id,
        members=list(team.members),
        made_at=now,
        until=now + AHEAD,
        findings=[
            Told(
                kind=one.kind,
                sentence=one.sentence,
                schedule_id=one.schedule_id,
                user_id=one.user_id,
                service_id=one.service_id,
                start=one.start,
                end=one.end,
            )
            for one in own[:FINDING_LIMIT]
        ],
    )


def _find_unreachable(user_id: str, directory: Directory, failing: Collection[str]) -> Iterator[Finding]:
    user = directory.users[user_id]
    teams = tuple(sorted(key for key, team in directory.teams.items() if user_id in team.members))
    if not user.contact_methods:
        sentence = f"{user_id} has no contact method; only the person's own e-mail address would be used."
        yield Finding(FindingKind.NO_METHOD, sentence, teams, user_id=user_id)
    if not is_reachable(user, failing):
        sentence = f"The last page of {user_id} failed by every contact method there is."
        yield Finding(FindingKind.NO_WORKING_METHOD, sentence, teams, user_id=user_id)


def _find_unpaged(
    directory: Directory, failing: Failing, now: datetime, services: Iterable[CatalogueService]
) -> Iterator[Finding]:
    for silence in silences(directory, services, failing, now):
        service = silence.service
        for start, end in silence.spans:
            sentence = (
                f"A critical alert of {service.name} would page nobody by its own policy "
                f"for {duration_text(end - start)} from {start:%Y-%m-%d %H:%M} UTC on."
            )
            teams = (service.team,) if service.team else ()
            yield Finding(
                FindingKind.SERVICE_PAGES_NOBODY, sentence, teams, start=start, end=end, service_id=service.id
            )


def _people_in_policies(directory: Directory) -> set[str]:
    found: set[str] = set()
    for policy in directory.policies.values():
        for step in policy.steps:
            for target in step.targets:
                if target.type is not TargetType.SCHEDULE:
                    found.update(directory.list_possible(target))
    return found
