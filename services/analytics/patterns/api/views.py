"""What HTTP shows of patterns; clients are written against these names."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from services.analytics.clusters.api.views import (
    ClusterActionView,
    RunbookUseView,
    ToldView,
    action_view,
    runbook_views,
    told_views,
)
from services.analytics.patterns.kept_pattern import KeptPattern
from services.analytics.patterns.pattern import Pattern
from services.analytics.patterns.proposal import proposed_title
from services.analytics.patterns.runbook_draft import draft_runbook

MOST_IDS = 200


class Frequency(BaseModel):
    """How often it was seen."""

    count: int
    most_in_30_days: int
    first_seen: datetime
    last_seen: datetime


class ProposedActionView(BaseModel):
    """What should be done against it; it is an item of the newest post-mortem of its incidents, if there is one."""

    title: str
    proposed_at: datetime | None


class PatternView(BaseModel):
    """One pattern."""

    id: str
    name: str
    frequency: Frequency
    components: list[ToldView]
    causes: list[ToldView]
    fixes: list[ToldView]
    prevention: list[ToldView]
    runbooks: list[RunbookUseView] = []
    """What ended its incidents, the one that ended most of them first."""
    actions: list[ClusterActionView]
    incident_ids: list[str]
    notes: str
    proposed_action: ProposedActionView | None
    runbook_draft: str | None


class NotesTaken(BaseModel):
    """What became of a document that was given back."""

    changed: list[str]
    unchanged: int
    unknown: list[str]
    """Notes on patterns that are not there (any more); they are kept, and stand at the end of the document."""


def pattern_view(pattern: Pattern, kept: KeptPattern | None) -> PatternView:
    """What is shown of a pattern; a frequent one has a proposed action and the draft of a runbook."""
    proposed = ProposedActionView(
        title=proposed_title(pattern),
        proposed_at=kept.proposed_at if kept is not None else None,
    )
    return PatternView(
        id=pattern.id,
        name=pattern.name,
        frequency=Frequency(
            count=len(pattern.incidents),
            most_in_30_days=pattern.most_in_window,
            first_seen=pattern.first_seen,
            last_seen=pattern.last_seen,
        ),
        components=told_views(pattern.components),
        causes=told_views(pattern.causes),
        fixes=told_views(pattern.fixes),
        prevention=told_views(pattern.preventions),
        runbooks=runbook_views(pattern.runbooks),
        actions=[action_view(one) for one in pattern.actions],
        incident_ids=[one.id for one in pattern.incidents[:MOST_IDS]],
        notes=kept.notes if kept is not None else "",
        proposed_action=proposed if pattern.is_frequent else None,
        runbook_draft=draft_runbook(pattern) if pattern.is_frequent else None,
    )
