"""PagerDuty's Events API v2: trigger, acknowledge and resolve by `dedup_key`.

A trigger without a key is always another alert. What a sender puts under `custom_details` becomes labels where it is
short, else part of the description; so `custom_details.service` names the service. The routing key, a secret, is the
gateway's business and is not read here. `faults` is what PagerDuty itself refuses. Source: PagerDuty developer docs,
"Trigger Events" and "PD-CEF".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from services.ingest.normalisation.alert import Action, ReceivedAlert
from services.ingest.normalisation.content import Content
from services.ingest.normalisation.normalise import DESCRIPTION, TITLE, WORD, Normaliser, as_text
from services.ingest.sources.contract import Example, Source
from shared.problem import malformed
from shared.vocabulary import Category, Severity

MAX_BYTES = 512 * 1024
MAX_SUMMARY = 1024
MAX_KEY = 255
SEVERITIES = ("critical", "warning", "error", "info")

_ACTIONS = {action.value: action for action in (Action.TRIGGER, Action.ACKNOWLEDGE, Action.RESOLVE)}
_CEF = ("source", "component", "group", "class")
_SHORT = 256
"""Details of at most so many characters on one line are labels."""


def recognises(body: Any) -> bool:
    """True for an object with PagerDuty's own word for what is to be done."""
    return isinstance(body, dict) and "event_action" in body


def faults(event: Any) -> list[str]:
    """Why PagerDuty refuses an event, in its own words; empty when it takes it."""
    if not isinstance(event, dict):
        return ["The event is not a JSON object"]
    found = []
    action = event.get("event_action")
    if not isinstance(action, str) or action not in _ACTIONS:
        found.append(
            "'event_action' is missing or invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')"
        )
    key = event.get("dedup_key")
    if key is not None and not isinstance(key, str):
        found.append("'dedup_key' is not a string")
    elif key and len(key) > MAX_KEY:
        found.append(f"Length of 'dedup_key' is incorrect (should be at most {MAX_KEY} characters)")
    elif not key and action in (Action.ACKNOWLEDGE, Action.RESOLVE):
        found.append("'dedup_key' is missing or blank")
    if action == Action.TRIGGER:
        found += _faults_of_payload(event.get("payload"))
    return found


def _faults_of_payload(payload: Any) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or not an object"]
    found = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source")
        if not isinstance(payload.get(name), str) or not payload[name].strip()
    ]
    if isinstance(payload.get("summary"), str) and len(payload["summary"]) > MAX_SUMMARY:
        found.append(f"Length of 'payload.summary' is incorrect (should be at most {MAX_SUMMARY} characters)")
    if payload.get("severity") not in SEVERITIES:
        words = "must be one of the following: 'critical', 'warning', 'error' or 'info'"
        found.append(f"'payload.severity' is invalid ({words})")
    return found


def read(body: Any, at: datetime) -> Iterator[ReceivedAlert]:
    """The one alert of an event."""
    if not isinstance(body, dict):
        raise malformed("A PagerDuty event is an object.")
    action = _ACTIONS.get(body["event_action"]) if isinstance(body.get("event_action"), str) else None
    if action is None:
        raise malformed("An event's action is trigger, acknowledge or resolve.", "/event_action")
    normaliser = Normaliser()
    key = normaliser.key(body.get("dedup_key"))
    payload = body.get("payload")
    if action is not Action.TRIGGER and key is None:
        raise malformed("Only a trigger may come without a key.", "/dedup_key")
    if action is Action.TRIGGER and not isinstance(payload, dict):
        raise malformed("A trigger has a payload.", "/payload")
    payload = payload if isinstance(payload, dict) else {}
    yield _read_event(body, payload, action, key=key, normaliser=normaliser, at=at)


def _read_event(
    body: dict[str, Any],
    payload: dict[str, Any],
    action: Action,
    *,
    key: str | None,
    normaliser: Normaliser,
    at: datetime,
) -> ReceivedAlert:
    title = normaliser.line(payload.get("summary"), TITLE, "summary")
    if not title and action is Action.TRIGGER:
        normaliser.note("summary: missing")
    details, texts = split_details(payload.get("custom_details"))
    labels = normaliser.labels({name: payload[name] for name in _CEF if payload.get(name)} | details, "custom_details")
    severity = normaliser.severity(payload.get("severity")) if action is Action.TRIGGER else Severity.HIGH
    category = normaliser.category(labels.get("category"))
    starts_at, _ = normaliser.beginning(payload.get("timestamp"), at)
    return ReceivedAlert(
        action=action,
        source="pagerduty",
        key=key,
        each_is_new=key is None,
        service=normaliser.line(labels.get("service"), WORD, "service") or None,
        starts_at=starts_at if action is Action.TRIGGER else None,
        content=Content(
            title=title or "untitled alert",
            description=normaliser.text(texts, DESCRIPTION, "description"),
            severity=severity,
            category=category,
            labels=labels,
            links=normaliser.links(links_of(body)),
            mended=tuple(normaliser.notes),
        ),
    )


def split_details(details: Any) -> tuple[dict[str, Any], str]:
    """What is short of an event's details, by name, and the rest as one text."""
    if details is None:
        return {}, ""
    if not isinstance(details, Mapping):
        return {}, as_text(details)
    short: dict[str, Any] = {}
    long: list[str] = []
    for name, value in details.items():
        text = as_text(value)
        if len(text) <= _SHORT and "\n" not in text.strip():
            short[name] = text.strip() if isinstance(value, str) else value
        else:
            long.append(f"{name}:\n{text.strip()}")
    return short, "\n\n".join(long)


def links_of(body: Mapping[str, Any]) -> list[Any]:
    """An event's links, images and the page of its sender, as links."""
    links = body.get("links")
    found = list(links) if isinstance(links, list) else []
    images = body.get("images")
    for image in images if isinstance(images, list) else ():
        if isinstance(image, dict):
            found.append({"href": image.get("href") or image.get("src"), "text": image.get("alt") or "image"})
    if body.get("client_url"):
        found.append({"href": body["client_url"], "text": body.get("client") or "client"})
    return found


SOURCE = Source(
    id="pagerduty",
    name="PagerDuty Events v2",
    recognises=recognises,
    read=read,
    rank=30,
    setup=(
        "Set the Events API's address to {url} and the routing key to {key}. Alertmanager:\n"
        "receivers:\n- name: tocsin\n  pagerduty_configs:\n  - url: {url}\n    routing_key: {key}\n"
    ),
    example=Example(
        body={
            "routing_key": "0123456789abcdef0123456789abcdef",
            "event_action": "trigger",
            "dedup_key": "srv01/HTTP",
            "payload": {
                "summary": "HTTP of srv01 does not answer",
                "source": "srv01.example.org",
                "severity": "error",
                "timestamp": "2026-11-21T22:00:00.000+0000",
                "component": "nginx",
                "group": "web",
                "class": "http",
                "custom_details": {"service": "payments", "load avg": 0.75, "trace": "line 1\nline 2"},
            },
            "links": [{"href": "https://grafana/d/1", "text": "graph"}],
            "images": [{"src": "https://grafana/d/1.png", "alt": "load"}],
            "client": "check",
            "client_url": "https://check/1",
        },
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        alerts=(
            {
                "action": Action.TRIGGER,
                "source": "pagerduty",
                "key": "srv01/HTTP",
                "each_is_new": False,
                "service": "payments",
                "title": "HTTP of srv01 does not answer",
                "description": "trace:\nline 1\nline 2",
                "severity": Severity.HIGH,
                "category": Category.FAILURE,
                "labels": {
                    "source": "srv01.example.org",
                    "component": "nginx",
                    "group": "web",
                    "class": "http",
                    "service": "payments",
                    "load avg": "0.75",
                },
                "links": (
                    ("https://grafana/d/1", "graph"),
                    ("https://grafana/d/1.png", "load"),
                    ("https://check/1", "check"),
                ),
                "starts_at": datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
                "token": None,
                "mended": (),
            },
        ),
        malformed=(
            ([], ""),
            ({"event_action": "explode"}, "/event_action"),
            ({"event_action": "trigger"}, "/payload"),
            ({"event_action": "resolve", "dedup_key": ""}, "/dedup_key"),
        ),
    ),
)
