"""What HTTP shows of suspects: the whole change, how near it is, why it is suspected, and what people found out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel

from services.incident.incidents.suspect_mark import Verdict
from services.incident.suspects.change import FOLLOWED_WITHIN, Change
from services.incident.suspects.ranking import BaseRate, Suspect, rate_of
from shared.events.alerts import Link
from shared.events.changes import ChangeKind


class ChangeView(BaseModel):
    """A change, as it was told; who made it is told by `GET /changes/{id}` alone."""

    id: str
    service: str
    summary: str
    kind: ChangeKind
    version: str | None
    environment: str | None
    url: str | None
    source: str
    at: datetime
    recorded_at: datetime
    labels: dict[str, str]
    links: list[Link]
    integration_id: str | None


class BaseRateView(BaseModel):
    """How often the service's deploys are followed by an incident; a suspect is to be seen against it."""

    followed: int
    deploys: int
    within_minutes: int
    text: str


class SuspectView(BaseModel):
    """A change that may have to do with an incident."""

    change: ChangeView
    minutes_before: int
    """Below zero for one that was made after the start."""
    reason: str
    score: float
    """From 0 to 1."""
    distance: int | None
    """Steps on the dependency map from the incident's service; 0 is the service itself, null not connected."""
    kind: str | None
    """`hard` or `soft`: of the way there; null without one."""
    verdict: Verdict | None
    base_rate: BaseRateView | None


def suspect_view(suspect: Suspect, rates: Mapping[str, BaseRate]) -> SuspectView:
    """A suspect beside its base rate, where it is a deploy."""
    near = suspect.near
    rate = rate_of(suspect, rates)
    return SuspectView(
        change=change_view(suspect.change),
        minutes_before=suspect.minutes_before,
        reason=suspect.reason,
        score=suspect.score,
        distance=near.distance if near is not None else None,
        kind=("hard" if near.hard else "soft") if near is not None and near.distance else None,
        verdict=suspect.verdict,
        base_rate=_rate_view(rate, suspect.change.named) if rate is not None else None,
    )


def change_view(change: Change) -> ChangeView:
    """A change."""
    return ChangeView(**{name: getattr(change, name) for name in ChangeView.model_fields})


def _rate_view(rate: BaseRate, service: str) -> BaseRateView:
    return BaseRateView(
        followed=rate.followed,
        deploys=rate.deploys,
        within_minutes=int(FOLLOWED_WITHIN.total_seconds() // 60),
        text=rate.words(service),
    )
