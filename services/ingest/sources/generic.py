"""Tocsin's own body: one object or a list of them, every field of which may be missing.

`{title, description, severity, status, category, service, dedup_key, source, labels, links, starts_at}`; also what
monitoring publishes straight to RabbitMQ, and what no other source knows. Members that are none of ours are not lost:
the likeliest text is the title where there is none, words for where it happens become labels, a message becomes the
description, and whatever is left stands behind it, a line each. Without a key, a title of that name and labels the
whole body says which alert it is (`members.steadiness`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.ingest.members.names import plain_name
from services.ingest.members.steadiness import Steady, steady
from services.ingest.members.titles import places_in, statuses_in
from services.ingest.members.words import UNTITLED, words_of
from services.ingest.normalisation.alert import Action, ReceivedAlert, Recognition
from services.ingest.normalisation.content import Content
from services.ingest.normalisation.dedup_key import stable
from services.ingest.normalisation.normalise import DESCRIPTION, TITLE, WORD, Normaliser
from services.ingest.sources.contract import Example, Source
from shared.problem import malformed
from shared.vocabulary import BURN_SOURCE, Category, Severity

_OURS = frozenset(("title", "dedup_key", "severity", "description"))
_KNOWN = frozenset(
    {*_OURS, "status", "state", "category", "service", "source", "labels", "links", "starts_at", "ends_at"}
)
_TOLD_OTHERWISE = frozenset(("dedup_key", "service", "links"))
"""Members that do not make a body another alert: the key, what is part of any identity, and where to look."""
_DECIDING_ONLY = frozenset(("service", "severity", "category"))
"""Labels that do not tell one alert from the other."""
_FORMER_TITLES = ("summary", "name", "message", "alertname", "subject", "text")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an object came in, as far as that says something of it."""

    title: str | None = None
    """The title where the object has none that its names or labels tell."""
    labels: Mapping[str, str] = field(default_factory=dict)
    former_title: str | None = None
    """The title that releases before gave it where they knew none; None: as they did for our own body."""


NO_ENVELOPE = Envelope()


def recognises(body: Any) -> bool:
    """True for an object that has a member of ours, or a list that begins with an object."""
    if isinstance(body, list):
        return bool(body) and isinstance(body[0], dict)
    return isinstance(body, dict) and not _OURS.isdisjoint(body)


def read(body: Any, at: datetime) -> Iterator[ReceivedAlert]:
    """One alert an object."""
    if isinstance(body, dict):
        yield read_object(body, at)
        return
    if not isinstance(body, list):
        raise malformed("The body is neither an object nor a list of objects.")
    for index, item in enumerate(body):
        if not isinstance(item, dict):
            raise malformed("An alert is an object.", f"/{index}")
        yield read_object(item, at)


def read_object(body: dict[str, Any], at: datetime, envelope: Envelope = NO_ENVELOPE) -> ReceivedAlert:
    """The alert that an object is, whatever its members are called."""
    normaliser = Normaliser()
    unknown = {name: value for name, value in body.items() if name not in _KNOWN}
    own_labels = _own_labels(body, unknown, normaliser)
    told = {**envelope.labels, **own_labels} if envelope.labels else own_labels
    action = _action(body, unknown, normaliser)
    placed, labels = _with_places(told, unknown, normaliser) if unknown else (frozenset[str](), told)
    alertname = told.get("alertname", "")
    words = words_of(body, unknown, alertname=alertname, around=envelope.title, placed=placed, normaliser=normaliser)
    starts_at, _ = normaliser.beginning(body.get("starts_at"), at)
    word = body.get("severity") or labels.get("severity")
    severity = normaliser.severity(word) if action is Action.TRIGGER else Severity.HIGH
    category = normaliser.category(body.get("category") or labels.get("category"))
    links = normaliser.links(body.get("links"))
    service = normaliser.line(body.get("service"), WORD, "service") or normaliser.line(
        labels.get("service"), WORD, "service"
    )
    key = normaliser.key(body.get("dedup_key"))
    recognition = None
    if key is None:
        steady_body = None if words.has_own_title or _tell_apart(own_labels) else _steady_body(body, envelope)
        former_title = words.title if words.has_own_title else _former_title(body, told, envelope)
        recognition = _recognition(steady_body, action, former_title, told)
    return ReceivedAlert(
        action=action,
        source=_source(body, normaliser),
        key=key,
        recognition=recognition,
        service=service or None,
        starts_at=starts_at,
        ends_at=normaliser.end(body.get("ends_at"), at) if action is Action.RESOLVE else None,
        content=Content(words.title, words.description, severity, category, labels, links, tuple(normaliser.notes)),
    )


def _source(body: dict[str, Any], normaliser: Normaliser) -> str:
    source = normaliser.line(body.get("source"), WORD, "source")
    if source == BURN_SOURCE:
        normaliser.note(f"source: only Tocsin's own alerts about error budgets are of {BURN_SOURCE}")
        return "generic"
    return source or "generic"


def _own_labels(body: dict[str, Any], unknown: dict[str, Any], normaliser: Normaliser) -> dict[str, str]:
    labels = body.get("labels")
    if labels is None or isinstance(labels, dict):
        return normaliser.labels(labels)
    normaliser.note("labels: not an object, kept in the description")
    unknown["labels"] = labels
    return {}


def _with_places(
    told: dict[str, str], unknown: dict[str, Any], normaliser: Normaliser
) -> tuple[frozenset[str], dict[str, str]]:
    """The members that say where it happens and are labels from here on, and all labels."""
    known = {plain_name(name) for name in told}
    found = [(name, label, text) for name, label, text in places_in(unknown) if label not in known]
    said = normaliser.labels({label: text for _, label, text in reversed(found)})
    return frozenset(name for name, label, text in found if said[label] == text), {**told, **said}


def _action(body: dict[str, Any], unknown: dict[str, Any], normaliser: Normaliser) -> Action:
    """What the body asks for: by `status` or `state`, else by members like them, which must all say that it is over."""
    word = body.get("status") or body.get("state")
    if word:
        return normaliser.action(word)
    asked = {normaliser.action(word) for word in statuses_in(unknown)}
    return asked.pop() if len(asked) == 1 else Action.TRIGGER


def _tell_apart(labels: Mapping[str, str]) -> bool:
    """True for labels that tell one alert from the other."""
    return any(name.lower() not in _DECIDING_ONLY for name, _ in stable(labels))


def _steady_body(body: dict[str, Any], envelope: Envelope) -> Steady:
    skipped = _TOLD_OTHERWISE | {"labels"} if isinstance(body.get("labels"), dict) else _TOLD_OTHERWISE
    found = steady(body, skipped)
    if envelope is NO_ENVELOPE:
        return found
    around = "\x00".join([envelope.title or "", *(part for pair in stable(envelope.labels) for part in pair)])
    return Steady(f"{found.told}\x00{around}", f"{found.whole}\x00{around}")


def _recognition(
    body: Steady | None, action: Action, former_title: str, former_labels: Mapping[str, str]
) -> Recognition:
    if body is None:
        return Recognition(None, None, former_title, former_labels)
    is_looked_for = action is not Action.TRIGGER and body.whole != body.told
    return Recognition(body.told, body.whole if is_looked_for else None, former_title, former_labels)


def _former_title(body: dict[str, Any], labels: Mapping[str, str], envelope: Envelope) -> str:
    """The title that the releases before gave this body, of which they made its identity."""
    normaliser = Normaliser()
    if envelope.former_title is not None:
        return envelope.former_title
    if envelope.title and not any(body.get(name) for name in ("title", *_FORMER_TITLES)):
        return normaliser.line(envelope.title, TITLE, "title")
    description = normaliser.text(body.get("description"), DESCRIPTION, "description").strip().partition("\n")[0]
    told = [body.get("title"), *(body.get(name) for name in _FORMER_TITLES), labels.get("alertname"), description]
    return next(filter(None, (normaliser.line(text, TITLE, "title") for text in told)), UNTITLED)


SOURCE = Source(
    id="generic",
    name="Generic JSON",
    recognises=recognises,
    read=read,
    rank=1000,
    setup='curl {url} -H \'X-Tocsin-Key: {key}\' -d \'{{"title": "disk is full", "severity": "high"}}\'',
    example=Example(
        body=[
            {
                "title": "error rate is high",
                "description": "5 % of requests fail",
                "severity": "critical",
                "status": "firing",
                "category": "performance",
                "service": "payments",
                "dedup_key": "err-1",
                "source": "check",
                "labels": {"region": "eu", "shard": 3, "canary": False, "owner": None},
                "links": [{"href": "https://grafana/d/1", "text": "graph"}, "https://wiki/errors"],
                "starts_at": "2026-11-21T23:00:00+01:00",
            },
            {"title": "error rate is high", "status": "resolved", "dedup_key": "err-1", "source": "check"},
            {"AlarmName": "db-cpu-high", "Region": "eu", "NewStateReason": "97 > 90", "token": "t0k3n"},
        ],
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        alerts=(
            {
                "action": Action.TRIGGER,
                "source": "check",
                "key": "err-1",
                "service": "payments",
                "title": "error rate is high",
                "description": "5 % of requests fail",
                "severity": Severity.CRITICAL,
                "category": Category.PERFORMANCE,
                "labels": {"region": "eu", "shard": "3", "canary": "false", "owner": "null"},
                "links": (("https://grafana/d/1", "graph"), ("https://wiki/errors", "")),
                "starts_at": datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
                "token": None,
                "mended": (),
            },
            {"action": Action.RESOLVE, "key": "err-1", "title": "error rate is high", "mended": ()},
            {
                "key": None,
                "title": "db-cpu-high",
                "description": "NewStateReason: 97 > 90\ntoken: ***",
                "labels": {"region": "eu"},
            },
        ),
        malformed=(("text", ""), (7, ""), (None, ""), ([{"title": "a"}, "b"], "/1"), ([[{}]], "/0")),
    ),
)
