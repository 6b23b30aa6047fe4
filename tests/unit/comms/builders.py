"""Builders of what comms works on; every field has a plain default."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.comms.channels.contract import PageLinks
from services.comms.mail.message import Letter, LetterKind
from services.comms.paging.delivery import Delivery, Origin, accept_page
from services.comms.war_rooms.war_room import Marked
from shared.events import Event, make
from shared.events.incidents import IncidentFact, Paging
from shared.events.oncall import ContactMethod, PagedIncident, PagedUser, PageFact, UserErased, UserFact
from shared.ids import derive_id
from shared.vocabulary import Category, Channel, IncidentStatus, PageReason, Priority, Severity, Urgency

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LINKS = PageLinks("https://tocsin.example/incidents/INC-20261121-0001", "https://tocsin.example/a/token")


def make_page(page_id: str = "page-1", **changes: Any) -> PageFact:
    """A page by webhook; `channel`, `address`, `title`, `locale` … are taken by their short names."""
    incident = PagedIncident(
        id=changes.pop("incident_id", "INC-20261121-0001"),
        title=changes.pop("title", "error rate is high"),
        description=changes.pop("description", ""),
        status=IncidentStatus.TRIGGERED,
        severity=changes.pop("severity", Severity.CRITICAL),
        priority=Priority.CRITICAL,
        service_id="payments",
        service_name=changes.pop("service_name", "Payments"),
    )
    user = PagedUser(
        id=changes.pop("user_id", "sara"),
        name=changes.pop("name", "Sara"),
        locale=changes.pop("locale", "en"),
        time_zone=changes.pop("time_zone", "UTC"),
    )
    method = ContactMethod(
        id=changes.pop("method_id", "hook"),
        channel=changes.pop("channel", Channel.WEBHOOK),
        address=changes.pop("address", "https://hooks.example.org/tocsin"),
    )
    fields: dict[str, Any] = {
        "urgency": Urgency.HIGH,
        "step": 1,
        "round": 0,
        "generation": 1,
        "reason": PageReason.ESCALATION,
        "requested_at": NOON,
    }
    return PageFact(page_id=page_id, incident=incident, user=user, method=method, **(fields | changes))


def make_delivery(page: PageFact | None = None, **changes: Any) -> Delivery:
    """A delivery that a process has just taken in."""
    delivery = accept_page(page or make_page(), Origin(event_id="event-1"), "comms#1", NOON)
    return delivery.model_copy(update=changes)


def page_requested(page: PageFact, **changes: Any) -> Event:
    """The event that asks for a page."""
    return make(
        "page.requested.v1",
        subject=page.page_id,
        sequence=1,
        time=page.requested_at,
        data=page,
        id=derive_id("requested", page.page_id),
        **changes,
    )


def make_incident(
    incident_id: str = "INC-20261121-0001",
    *,
    status: IncidentStatus = IncidentStatus.TRIGGERED,
    generation: int = 1,
    answered: int = 0,
    **changes: Any,
) -> IncidentFact:
    """An incident, triggered and unanswered."""
    return IncidentFact(
        id=incident_id,
        title="error rate is high",
        status=status,
        severity=Severity.CRITICAL,
        priority=Priority.CRITICAL,
        category=Category.FAILURE,
        urgency=Urgency.HIGH,
        paging=Paging(generation=generation, answered=answered),
        created_at=NOON,
        **changes,
    )


def incident_told(fact: IncidentFact, sequence: int, name: str = "incident.changed.v1") -> Event:
    """The event that tells how an incident stands."""
    return make(name, subject=fact.id, sequence=sequence, time=NOON, data=fact)


def user_erased(user_id: str = "sara") -> Event:
    """The event that has a person forgotten."""
    return make("user.erased.v1", subject=user_id, sequence=9, time=NOON, data=UserErased(id=user_id))


def make_letter(letter_id: str = "let-1", **changes: Any) -> Letter:
    """A notice to Sara, who is one of our own."""
    fields: dict[str, Any] = {
        "kind": LetterKind.NOTICE,
        "user_id": "sara",
        "subject": "You are now commander",
        "text": "You are now commander.",
        "html": "<p>You are now commander.</p>",
        "requested_at": NOON,
    }
    return Letter(id=letter_id, **(fields | changes))


def user_changed(user_id: str = "sara", sequence: int = 1, **changes: Any) -> Event:
    """The event that tells of a person, with the address `<id>@example.org`."""
    fields: dict[str, Any] = {"name": user_id.title(), "email": f"{user_id}@example.org"} | changes
    return make("user.changed.v1", subject=user_id, sequence=sequence, time=NOON, data=UserFact(id=user_id, **fields))


def make_marked(**changes: Any) -> Marked:
    """A message of a war room that Kenji marked."""
    fields: dict[str, Any] = {
        "id": "C1/1.000001",
        "incident_id": "INC-20261121-0001",
        "channel_id": "C1",
        "ts": "1.000001",
        "slack_user": "UKENJI",
        "at": NOON,
    }
    return Marked(**(fields | changes))
