"""What a drill showed: how soon people were paged, acknowledged, found something, took roles and resolved it, beside
what was expected, and beside the last drill of the same kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from services.oncall.drills.drill import (
    Check,
    Comparison,
    Drill,
    DrilledIncident,
    Expected,
    PersonScore,
    Score,
    TeamScore,
)
from services.oncall.escalation.escalation import Attempt

Attempts = Mapping[str, Sequence[Attempt]]
"""The pages that were asked for, by incident."""


def score(drill: Drill, attempts: Attempts, last: Drill | None) -> Score:
    """The score of a drill that is over; `last` is the one before it."""
    team = _team(drill, attempts)
    checks = tuple(_checks(drill.plan.expected, team))
    return Score(
        met=all(one.met for one in checks) if checks else None,
        checks=checks,
        team=team,
        people=tuple(_person(user, drill, attempts) for user in _people(drill, attempts)),
        last=_compare(last, team) if last is not None and last.score is not None else None,
    )


def _team(drill: Drill, attempts: Attempts) -> TeamScore:
    incidents = drill.incidents
    first_pages = [min((one.requested_at for one in attempts.get(each.id, ())), default=None) for each in incidents]
    return TeamScore(
        incidents=len(incidents),
        paged_after_seconds=_slowest((one.created_at, at) for one, at in zip(incidents, first_pages, strict=True)),
        acknowledged_after_seconds=_slowest((one.created_at, one.acknowledged_at) for one in incidents),
        first_finding_after_seconds=_slowest((one.created_at, one.first_finding_at) for one in incidents),
        resolved_after_seconds=_slowest((one.created_at, one.resolved_at) for one in incidents),
        roles=tuple(sorted({role.role for one in incidents for role in one.roles})),
    )


def _slowest(spans: Iterator[tuple[datetime, datetime | None]]) -> int | None:
    """The longest of these, in seconds; None when one has no end, or there are none."""
    found = [None if end is None else _seconds(start, end) for start, end in spans]
    known = [one for one in found if one is not None]
    return max(known) if known and len(known) == len(found) else None


def _checks(expected: Expected, team: TeamScore) -> Iterator[Check]:
    timed = (
        ("acknowledged", expected.ack_within_seconds, team.acknowledged_after_seconds),
        ("first_finding", expected.first_finding_within_seconds, team.first_finding_after_seconds),
        ("resolved", expected.resolve_within_seconds, team.resolved_after_seconds),
    )
    for what, within, took in timed:
        if within is not None:
            met = took is not None and took <= within
            yield Check(what=what, expected_seconds=within, took_seconds=took, met=met)
    for role in expected.roles:
        yield Check(what=f"role:{role}", met=role in team.roles)


def _people(drill: Drill, attempts: Attempts) -> list[str]:
    """Everybody who was paged or did something, those who were paged first first."""
    paged = sorted((one for each in attempts.values() for one in each), key=lambda one: one.requested_at)
    did = [
        user
        for one in drill.incidents
        for user in (one.acknowledged_by, one.first_finding_by, *(role.user_id for role in one.roles), one.resolved_by)
    ]
    ours = {"tocsin", "auto", None}
    return [
        one for one in dict.fromkeys([*(page.user_id for page in paged), *did]) if one is not None and one not in ours
    ]


def _person(user: str, drill: Drill, attempts: Attempts) -> PersonScore:
    own = sorted(page.requested_at for each in attempts.values() for page in each if page.user_id == user)
    began = drill.started_at or drill.starts_at

    def soonest(did: Sequence[tuple[DrilledIncident, str | None, datetime | None]]) -> int | None:
        """How long the person took at least, of what was theirs to do or not."""
        spans = [_seconds(_since(one, user, attempts), at) for one, by, at in did if by == user and at is not None]
        return min(spans, default=None)

    return PersonScore(
        user_id=user,
        pages=len(own),
        paged_after_seconds=_seconds(began, own[0]) if own else None,
        acknowledged_after_seconds=soonest(
            [(one, one.acknowledged_by, one.acknowledged_at) for one in drill.incidents]
        ),
        first_finding_after_seconds=soonest(
            [(one, one.first_finding_by, one.first_finding_at) for one in drill.incidents]
        ),
        resolved_after_seconds=soonest([(one, one.resolved_by, one.resolved_at) for one in drill.incidents]),
        roles=tuple(sorted({role.role for one in drill.incidents for role in one.roles if role.user_id == user})),
    )


def _since(incident: DrilledIncident, user: str, attempts: Attempts) -> datetime:
    pages = [page.requested_at for page in attempts.get(incident.id, ()) if page.user_id == user]
    return min(pages, default=incident.created_at)


def _compare(last: Drill, team: TeamScore) -> Comparison:
    before = last.score.team if last.score is not None else TeamScore()
    return Comparison(
        drill_id=last.id,
        started_at=last.started_at,
        team=before,
        acknowledged_change=_change(before.acknowledged_after_seconds, team.acknowledged_after_seconds),
        first_finding_change=_change(before.first_finding_after_seconds, team.first_finding_after_seconds),
        resolved_change=_change(before.resolved_after_seconds, team.resolved_after_seconds),
    )


def _change(before: int | None, now: int | None) -> int | None:
    return now - before if before is not None and now is not None else None


def _seconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds()))
