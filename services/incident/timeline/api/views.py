"""What HTTP shows of a timeline and of the alerts of an incident; clients are written against these names."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from services.incident.incidents.alert_member import Member
from services.incident.timeline.entry import Entry
from shared.vocabulary import AlertStatus, Severity


class EntryView(BaseModel):
    """An entry of the timeline."""

    id: str
    incident_id: str
    """Whose it is: this incident's, or of one that was merged into it."""
    at: datetime
    kind: str
    author: str
    text: str


class MemberView(BaseModel):
    """An alert of an incident."""

    id: str
    title: str
    source: str
    severity: Severity
    status: AlertStatus
    starts_at: datetime
    ends_at: datetime | None
    joined_at: datetime


def entry_view(entry: Entry) -> EntryView:
    """An entry of the timeline."""
    return EntryView(**entry.model_dump())


def member_view(member: Member) -> MemberView:
    """An alert of an incident."""
    return MemberView(
        id=member.alert_id,
        title=member.title,
        source=member.source,
        severity=member.severity,
        status=member.status,
        starts_at=member.starts_at,
        ends_at=member.ends_at,
        joined_at=member.joined_at,
    )
