"""Which dead letters are trouble on the way from an alert to a page, and the alert that tells of them.

A letter calls somebody when its queue is on that way and it died of something of ours: what a sender published to
RabbitMQ with a bad key or body is the sender's. What is about an incident of the service `tocsin` calls nobody, so the
alert can't be about itself, and at most one alert is sent in `QUIET`. Its key is made of the time of the one before,
so an alert that is sent again, after a kill or by a second process, is a repeat of the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson

from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.content import Content
from services.ingest.normalisation.normalise import DESCRIPTION, TITLE
from shared.vocabulary import TOCSIN, Category, Severity

QUIET = timedelta(hours=1)
RAW = "ingest.raw"
ON_THE_WAY = frozenset(
    {
        "ingest.intake",
        "ingest.intake.first",
        RAW,
        "incident.alerts",
        "incident.alerts.first",
        "oncall",
        "oncall.pages",
        "comms.pages",
    }
)
"""The queues between an alert that was accepted and its delivered page."""
READ_BYTES = 1024 * 1024
"""A larger body is not looked into: its queue and reason are told without its type."""


class Verdict(StrEnum):
    """What becomes of a dead letter here, and why."""

    ALERT = "alert"
    ELSEWHERE = "not_between_alert_and_page"
    SENDERS = "a_sender_was_refused"
    OWN_ALERT = "about_tocsin_itself"
    QUIET = "told_within_the_hour"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a dead letter says of itself."""

    queue: str
    reason: str
    type: str
    """Of the event or message; "" where it can't be told."""
    services: frozenset[str]
    """The services that it names, in lower case."""
    incident_id: str | None = None


def read_letter(body: bytes, queue: str, reason: str) -> Letter:
    """What this body of a dead letter says. Never raises: whatever it holds, it has died already."""
    document = _document(body)
    data = document.get("data")
    data = data if isinstance(data, dict) else {}
    incident = data.get("incident")
    incident = incident if isinstance(incident, dict) else {}
    alerts = document.get("alerts")
    alerts = alerts if isinstance(alerts, list) else []
    named = [data.get("service_id"), data.get("service_claim"), incident.get("service_id")]
    named += [one.get("claim") for one in alerts if isinstance(one, dict)]
    incident_id = data.get("incident_id")
    return Letter(
        queue=queue,
        reason=reason,
        type=str(document.get("type") or ("intake" if alerts else ""))[:100],
        services=frozenset(one.casefold() for one in named if isinstance(one, str)),
        incident_id=incident_id if isinstance(incident_id, str) else None,
    )


def judge(letter: Letter, incident_service: str | None, last: datetime | None, now: datetime) -> Verdict:
    """Whether this letter calls somebody. `incident_service` is the service of the incident that it names, if known;
    `last` when somebody was called before.
    """
    if letter.queue not in ON_THE_WAY:
        return Verdict.ELSEWHERE
    if letter.queue == RAW and letter.reason.startswith("Never:"):
        return Verdict.SENDERS
    if letter.services == {TOCSIN} or incident_service == TOCSIN:
        return Verdict.OWN_ALERT
    if last is not None and now - last < QUIET:
        return Verdict.QUIET
    return Verdict.ALERT


def alert_for(letter: Letter, last: datetime | None) -> ReceivedAlert:
    """The alert about this letter; `last` is when the one before was sent."""
    what = letter.type or "a message that can't be read"
    title = f"Tocsin could not handle a message between alert and page ({letter.queue})"
    description = (
        f"A message of the queue {letter.queue} ({what}) was given up; somebody may not have been paged because of "
        f"it.\nReason: {letter.reason}\n"
        "List such messages, mend the cause and put them back: make dead-letters, then make dead-letters ARGS=replay "
        "(python -m shared.bus.dead_letters list, then replay). Others that follow within an hour are only in that "
        "list."
    )
    content = Content(
        title=_clean(title)[:TITLE],
        description=_clean(description)[:DESCRIPTION],
        severity=Severity.CRITICAL,
        category=Category.FAILURE,
        labels={"queue": letter.queue, "type": _clean(what)},
    )
    key = f"dead-letters/{last.isoformat() if last else 'first'}"
    return ReceivedAlert(action=Action.TRIGGER, source=TOCSIN, content=content, key=key, service=TOCSIN)


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _document(body: bytes) -> dict[str, Any]:
    if len(body) > READ_BYTES:
        return {}
    try:
        document = orjson.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
