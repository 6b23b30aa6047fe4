"""Changes as their senders tell them: read, mended and given an id. A change never pages and is never refused.

Generic: `{service, summary, version, environment, author, url, at}`, also `id`, `kind`, `source`, `labels`, `links`.
PagerDuty: a change event, its details become labels (`service`, `version`, `environment` and `author` among them are
taken out). A change that names its time, or has an id, is the same change when it is sent again. `faults` is what
PagerDuty itself refuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.ingest.normalisation.content import select_labels
from services.ingest.normalisation.normalise import HREF, TITLE, WORD, Normaliser
from services.ingest.sources.pagerduty import links_of, split_details
from shared.callers.identity import Identity
from shared.events.alerts import Link
from shared.events.changes import ChangeFact, ChangeKind
from shared.ids import derive_id
from shared.problem import Problem, malformed

MOST = 1000
"""As many changes as one request may hold."""
_KINDS = {kind.value: kind for kind in ChangeKind}
_DEPLOY = re.compile(r"\bdeploy(?:s|ed|ments?)?\b", re.IGNORECASE)
_ROLLBACK = re.compile(r"\broll(?:s|ed|ing)?[ -]?back\b", re.IGNORECASE)
_TITLES = ("summary", "title", "message", "description")


@dataclass(frozen=True, slots=True)
class ReceivedChange:
    """One change of one request."""

    summary: str
    source: str
    at: datetime
    service: str | None = None
    """The words by which the sender names the service."""
    version: str | None = None
    environment: str | None = None
    author: str | None = None
    url: str | None = None
    kind: ChangeKind = ChangeKind.OTHER
    labels: Mapping[str, str] | None = None
    links: tuple[tuple[str, str], ...] = ()
    mended: tuple[str, ...] = ()
    same: str | None = None
    """What is equal when the same change is sent again; None: every one is another."""

    def with_notes(self, notes: Sequence[str]) -> ReceivedChange:
        """With what was mended about all of its body, in words."""
        return replace(self, mended=(*self.mended, *notes)) if notes else self


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it is kept: `order` sorts by time, `service_id` is the service where ingest knows it."""

    id: str
    received: ReceivedChange
    service_id: str | None
    integration_id: str | None
    recorded_at: datetime
    teams: tuple[str, ...] = ()
    """The teams that its sender's key is limited to."""

    @property
    def order(self) -> str:
        """Sorts as it happened; no two changes have the same."""
        return f"{place_of(self.received.at)}-{self.id}"


def place_of(at: datetime) -> str:
    """Where in the order of changes those of this instant begin."""
    return f"{max(0, int(at.timestamp() * 1000)):012x}"


def read_changes(body: Any, named: str, at: datetime) -> list[ReceivedChange]:
    """The changes of a generic body that came at `at`; `named` is their source unless they say it themselves.

    Raises a `Problem`: 400 for what is no object or list of objects, 413 for too many.
    """
    items = body if isinstance(body, list) else [body]
    if len(items) > MOST:
        raise Problem(413, "too_many_changes", f"One request may hold {MOST} changes.", limit=MOST)
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise malformed("A change is an object.", f"/{index}" if isinstance(body, list) else "")
    return [read_fields(item, named, at) for item in items]


def read_pagerduty(event: dict[str, Any], at: datetime) -> ReceivedChange:
    """The change in an event in which `faults` found nothing."""
    payload = event["payload"]
    short, long = split_details(payload.get("custom_details"))
    labels = {
        name: value for name, value in short.items() if name not in ("service", "version", "environment", "author")
    }
    if payload.get("source"):
        labels = {"source": payload["source"]} | labels
    if long:
        labels["details"] = long
    body = {
        "summary": payload.get("summary"),
        "at": payload.get("timestamp"),
        "labels": labels,
        "links": links_of(event),
        **{name: short.get(name) for name in ("service", "version", "environment", "author")},
    }
    return read_fields(body, "pagerduty", at)


def faults(event: Any) -> list[str]:
    """Why PagerDuty refuses a change event, in its own words; empty when it takes it."""
    if not isinstance(event, dict):
        return ["The event is not a JSON object"]
    payload = event.get("payload")
    if not isinstance(payload, dict):
        return ["'payload' is missing or not an object"]
    summary = payload.get("summary")
    if not isinstance(summary, str) or not summary.strip():
        return ["'payload.summary' is missing or blank"]
    if len(summary) > TITLE:
        return [f"Length of 'payload.summary' is incorrect (should be at most {TITLE} characters)"]
    return []


def record(received: ReceivedChange, service_id: str | None, key: Identity, now: datetime, new: str) -> Change:
    """The change to keep, which came with this key; `new` is its id unless it can be told from what it says.

    What a key that is limited to teams calls a service that is not theirs means nothing.
    """
    space = key.integration_id or (f"key {key.key_id}" if key.teams else "")
    told = None if received.same is None else derive_id("change", space, received.same, prefix="chg_")
    if key.teams and service_id is None:
        received = replace(received, service=None)
    return Change(told or new, received, service_id, key.integration_id, now, key.teams)


def fact(change: Change) -> ChangeFact:
    """The change as events tell it: without its author."""
    received = change.received
    return ChangeFact(
        id=change.id,
        summary=received.summary,
        service_id=change.service_id,
        service_claim=received.service,
        kind=received.kind,
        version=received.version,
        environment=received.environment,
        url=received.url,
        labels=dict(received.labels or {}),
        links=[Link(href=href, text=text) for href, text in received.links],
        source=received.source,
        integration_id=change.integration_id,
        teams=list(change.teams),
        at=received.at,
        recorded_at=change.recorded_at,
    )


def read_fields(body: dict[str, Any], named: str, at: datetime) -> ReceivedChange:
    """The change in the members of our generic body; `named` is its source unless it says one itself."""
    normaliser = Normaliser()
    summary = ""
    for name in _TITLES:
        summary = summary or normaliser.line(body.get(name), TITLE, name)
    if not summary:
        normaliser.note("summary: missing")
    words = {
        name: normaliser.line(body.get(name), WORD, name) or None
        for name in ("service", "version", "environment", "author", "source")
    }
    happened, _ = normaliser.beginning(body.get("at"), at)
    links = normaliser.links(body.get("links"))
    url = normaliser.line(body.get("url"), HREF, "url") or (links[0][0] if links else None)
    said = normaliser.key(body.get("id"))
    source = words["source"] or named
    same = None
    if said is not None:
        same = derive_id("id", source, said)
    elif happened is not None:
        same = derive_id("at", source, words["service"], summary, words["version"], words["environment"], happened)
    return ReceivedChange(
        summary=summary or _fallback(words["version"]),
        source=source,
        at=happened or at,
        service=words["service"],
        version=words["version"],
        environment=words["environment"],
        author=words["author"],
        kind=_kind(body.get("kind"), summary, words["version"], normaliser),
        url=url,
        labels=select_labels(normaliser.labels(body.get("labels"))),
        links=links,
        mended=tuple(normaliser.notes),
        same=same,
    )


def _kind(said: Any, summary: str, version: str | None, normaliser: Normaliser) -> ChangeKind:
    """What was done: as it says itself, else a version or the word for it tells of a deploy."""
    if said is not None and said != "":
        known = _KINDS.get(said.strip().lower()) if isinstance(said, str) else None
        if known is not None:
            return known
        normaliser.note("kind: unknown")
    if _ROLLBACK.search(summary):
        return ChangeKind.ROLLBACK
    return ChangeKind.DEPLOY if version or _DEPLOY.search(summary) else ChangeKind.OTHER


def _fallback(version: str | None) -> str:
    return f"version {version}" if version else "a change"
