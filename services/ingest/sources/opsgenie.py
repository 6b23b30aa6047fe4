"""Opsgenie's alert API: an alert is created under an alias, and closed or acknowledged by it.

Without an alias every alert is another one. `details` become labels, so `details.service` names the service; without
a priority the detail `severity` tells how bad it is (Alertmanager's common labels come as details). `faults` is what
Opsgenie itself refuses. Source: Opsgenie docs, "Alert API".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.content import Content
from services.ingest.normalisation.normalise import DESCRIPTION, TITLE, WORD, Normaliser, as_text
from services.ingest.sources.contract import Example, Source
from shared.problem import malformed
from shared.vocabulary import Category, Severity

MAX_MESSAGE = 130
MAX_ALIAS = 512
MAX_DESCRIPTION = 15_000
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")

_NARROW = frozenset(("alias", "priority", "responders", "visibleTo", "entity"))


def recognises(body: Any) -> bool:
    """True for an object with a message and a member that only Opsgenie's payload has."""
    return isinstance(body, dict) and "message" in body and not _NARROW.isdisjoint(body) and "title" not in body


def faults(payload: dict[str, Any]) -> dict[str, str]:
    """Why Opsgenie refuses to create this alert, by member; empty when it takes it."""
    found: dict[str, str] = {}
    message = payload.get("message")
    if not isinstance(message, str) or not message.strip():
        found["message"] = "Message can not be empty."
    elif len(message) > MAX_MESSAGE:
        found["message"] = f"Message can not be longer than {MAX_MESSAGE} characters."
    alias = payload.get("alias")
    if alias is not None and (not isinstance(alias, str) or len(alias) > MAX_ALIAS):
        found["alias"] = f"should be a text of at most {MAX_ALIAS} characters"
    if payload.get("priority") is not None and payload["priority"] not in PRIORITIES:
        found["priority"] = f"should be one of [ {', '.join(PRIORITIES)} ]"
    return found


def read(body: Any, at: datetime) -> Iterator[ReceivedAlert]:
    """The one alert of a payload."""
    del at  # Opsgenie's alerts begin when they arrive
    if not isinstance(body, dict):
        raise malformed("An Opsgenie alert is an object.")
    if "message" not in body:
        raise malformed("An Opsgenie alert has a message.", "/message")
    normaliser = Normaliser()
    key = normaliser.key(body.get("alias"))
    title = normaliser.line(body["message"], TITLE, "message")
    if not title:
        normaliser.note("message: missing")
    labels = normaliser.labels(_labels(body), "details")
    yield ReceivedAlert(
        action=Action.TRIGGER,
        source="opsgenie",
        key=key,
        each_is_new=key is None,
        service=normaliser.line(labels.get("service"), WORD, "service") or None,
        content=Content(
            title=title or "untitled alert",
            description=normaliser.text(body.get("description"), DESCRIPTION, "description"),
            severity=normaliser.severity(body.get("priority") or labels.get("severity")),
            category=normaliser.category(labels.get("category")),
            labels=labels,
            mended=tuple(normaliser.notes),
        ),
    )


def act(action: Action, key: str) -> ReceivedAlert:
    """What closing or acknowledging the alert of this alias asks for."""
    content = Content("untitled alert", "", Severity.HIGH, Category.FAILURE, {})
    return ReceivedAlert(action=action, source="opsgenie", key=Normaliser().key(key), content=content)


def edit(key: str, *, message: object = None, description: object = None) -> ReceivedAlert:
    """What giving the open alert of this alias another message or description asks for."""
    normaliser = Normaliser()
    title, text = normaliser.line(message, TITLE, "message"), normaliser.text(description, DESCRIPTION, "description")
    content = Content(title, text, Severity.HIGH, Category.FAILURE, {})
    return ReceivedAlert(action=Action.EDIT, source="opsgenie", key=normaliser.key(key), content=content)


def _labels(body: dict[str, Any]) -> dict[str, Any]:
    tags = body.get("tags")
    said = {
        "source": body.get("source"),
        "entity": body.get("entity"),
        "tags": ",".join(map(as_text, tags)) if isinstance(tags, list) else tags,
    }
    details = body.get("details")
    return {name: value for name, value in said.items() if value} | (details if isinstance(details, dict) else {})


SOURCE = Source(
    id="opsgenie",
    name="Opsgenie alert API",
    recognises=recognises,
    read=read,
    rank=35,
    setup=(
        "Set the API's address to {url} (some clients want it without /v2/alerts) and the API key to {key}.\n"
        "Alertmanager wants the address of Tocsin with a slash:\n"
        "receivers:\n- name: tocsin\n  opsgenie_configs:\n  - api_url: https://tocsin/\n    api_key: {key}\n"
    ),
    example=Example(
        body={
            "message": "HTTP of srv01 does not answer",
            "alias": "srv01/HTTP",
            "description": "three probes failed",
            "responders": [{"type": "team", "name": "web"}],
            "tags": ["web", "eu"],
            "details": {"service": "payments", "probe": 3},
            "entity": "srv01",
            "source": "check",
            "priority": "P1",
        },
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        alerts=(
            {
                "action": Action.TRIGGER,
                "source": "opsgenie",
                "key": "srv01/HTTP",
                "each_is_new": False,
                "service": "payments",
                "title": "HTTP of srv01 does not answer",
                "description": "three probes failed",
                "severity": Severity.CRITICAL,
                "labels": {
                    "source": "check",
                    "entity": "srv01",
                    "tags": "web,eu",
                    "service": "payments",
                    "probe": "3",
                },
                "mended": (),
            },
        ),
        malformed=(([], ""), ("text", ""), ({"alias": "x"}, "/message")),
    ),
)
