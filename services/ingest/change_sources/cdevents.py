"""CDEvents: what delivery pipelines tell in one vocabulary, inside a CloudEvent or alone.

A service that was deployed, upgraded, rolled back, removed or published, an environment that changed, an artifact that
was published and a change that was merged are changes; that a pipeline or a test runs is none. The version is the
artifact's. Source: cdevents.dev, "Continuous Deployment", specification 0.4.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from services.ingest.change_sources.contract import (
    ChangeExample,
    ChangeSource,
    Headers,
    Reading,
    no_change,
    one_change,
    part,
    text,
)
from services.ingest.sources.cloudevents import data_of
from shared.events.changes import ChangeKind
from shared.problem import malformed

PREFIX = "dev.cdevents."
_KINDS = {
    ("service", "deployed"): (ChangeKind.DEPLOY, "was deployed"),
    ("service", "upgraded"): (ChangeKind.DEPLOY, "was upgraded"),
    ("service", "rolledback"): (ChangeKind.ROLLBACK, "was rolled back"),
    ("service", "removed"): (ChangeKind.REMOVAL, "was removed"),
    ("service", "published"): (ChangeKind.CONFIG, "was published"),
    ("environment", "created"): (ChangeKind.CONFIG, "was created"),
    ("environment", "modified"): (ChangeKind.CONFIG, "was modified"),
    ("environment", "deleted"): (ChangeKind.CONFIG, "was deleted"),
    ("artifact", "published"): (ChangeKind.RELEASE, "was published"),
    ("change", "merged"): (ChangeKind.CODE, "was merged"),
}


def recognises(body: Any, _headers: Headers) -> bool:
    """True for a type of CDEvents, in an envelope or in the event's own context."""
    return isinstance(body, dict) and _type(body).startswith(PREFIX)


def _type(body: dict[str, Any]) -> str:
    return text(body.get("type")) or text(part(body, "context").get("type")) or ""


def read(body: Any, _headers: Headers, at: datetime) -> Reading:
    """At most one change an event."""
    if not isinstance(body, dict):
        raise malformed("A CDEvent is an object.")
    data = data_of(body) if "specversion" in body and "context" not in body else body
    event = data if isinstance(data, dict) else {}
    words = _type(body).removeprefix(PREFIX).split(".")
    known = _KINDS.get((words[0], words[1])) if len(words) > 1 else None
    if known is None:
        return no_change(f"the event {_type(body)[:100]!r} is no change")
    kind, done = known
    subject, context = part(event, "subject"), part(event, "context")
    content = part(subject, "content")
    environment = content.get("environment")
    id = text(subject.get("id")) or text(body.get("subject")) or ""  # noqa: A001 - as the specification calls it
    name = text(content.get("name")) or id.rpartition("/")[2] or None
    artifact = text(content.get("artifactId")) or (id if words[0] == "artifact" else None)
    where = text(environment.get("id")) if isinstance(environment, dict) else text(environment)
    if words[0] == "environment":
        where = where or name
    service = name if words[0] == "service" else _repository(content)
    version = _version(artifact)
    source = text(context.get("source")) or text(body.get("source"))
    number = text(context.get("id")) or text(body.get("id"))
    return one_change(
        "cdevents",
        at,
        id=f"{source} {number}" if number else None,
        kind=kind.value,
        service=service,
        summary=" ".join(one for one in (words[0], name, version, done) if one) + (f" in {where}" if where else ""),
        version=version,
        environment=where,
        url=text(content.get("url")) or text(content.get("uri")),
        at=context.get("timestamp") or body.get("time"),
        labels={key: value for key, value in (("artifact", artifact), ("ce_source", source)) if value},
    )


def _repository(content: dict[str, Any]) -> str | None:
    said = text(part(content, "repository").get("id"))
    return said.rpartition("/")[2] if said else None


def _version(artifact: str | None) -> str | None:
    """The version in a package URL (`pkg:oci/payments@2.4.1?...`); of a digest its `tag`, else its beginning."""
    if artifact is None or "@" not in artifact:
        return None
    rest, _, query = artifact.rpartition("@")[2].partition("?")
    version = unquote(rest)
    tag = next((one[4:] for one in query.split("&") if one.startswith("tag=")), "")
    return unquote(tag) or (version[:19] if version.startswith("sha256:") else version) or None


SOURCE = ChangeSource(
    id="cdevents",
    name="CDEvents",
    recognises=recognises,
    read=read,
    rank=24,
    setup="Deliver events to {url} with the header X-Tocsin-Key: {key}.",
    example=ChangeExample(
        body={
            "specversion": "1.0",
            "id": "271069a8-fc18-44f1-b38f-9d70a1695819",
            "source": "/event/source/123",
            "type": "dev.cdevents.service.deployed.0.2.0",
            "time": "2026-11-21T22:00:00Z",
            "datacontenttype": "application/json",
            "data": {
                "context": {
                    "version": "0.4.1",
                    "id": "271069a8-fc18-44f1-b38f-9d70a1695819",
                    "source": "/event/source/123",
                    "type": "dev.cdevents.service.deployed.0.2.0",
                    "timestamp": "2026-11-21T22:00:00Z",
                },
                "subject": {
                    "id": "service/payments",
                    "source": "/event/source/123",
                    "type": "service",
                    "content": {
                        "environment": {"id": "production"},
                        "artifactId": "pkg:oci/payments@sha256%3A0b31b1c02ff458ad9b7b?tag=2.4.1",
                    },
                },
            },
        },
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        changes=(
            {
                "source": "cdevents",
                "kind": ChangeKind.DEPLOY,
                "service": "payments",
                "summary": "service payments 2.4.1 was deployed in production",
                "version": "2.4.1",
                "environment": "production",
                "at": datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
            },
        ),
        ignored=(
            ({}, {"context": {"type": "dev.cdevents.pipelinerun.started.0.2.0"}, "subject": {"id": "1"}}),
            ({}, {"context": {"type": "dev.cdevents.testcaserun.finished.0.2.0"}, "subject": {}}),
        ),
        malformed=((7, ""), ([], "")),
    ),
)
