"""Argo CD: an application that was synced. Its notifications send what their template says, so two shapes are read:
the whole Application (`{{toJson .app}}`, alone or under `app`), and a flat body of the words that such templates use.

The service is the application's label `service`, `app.kubernetes.io/name`, else its name; the version is the image's
tag, else the revision. Source: Argo CD docs, "Notifications, webhook" and the Application's specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.ingest.change_sources.contract import (
    ChangeExample,
    ChangeSource,
    Headers,
    Reading,
    no_change,
    one_change,
    part,
    text,
    version_of,
)
from shared.events.changes import ChangeKind
from shared.problem import malformed

_NAMES = ("app", "application", "app_name", "appName", "applicationName", "name")
_PHASES = ("phase", "sync_status", "syncStatus", "sync", "status", "state")
_DONE = frozenset(("succeeded", "synced", "success"))


@dataclass(frozen=True, slots=True)
class Sync:
    """A sync that succeeded, as either shape tells it; None where it does not say."""

    name: str | None
    """The application's."""
    service: str | None
    version: str | None
    revision: str | None
    environment: str | None
    url: str | None
    moment: Any
    """When it was done, as the sender writes it."""


def recognises(body: Any, _headers: Headers) -> bool:
    """True for an Application, or a flat body with an application, a revision and how far it came."""
    if not isinstance(body, dict):
        return False
    if _application(body) is not None:
        return True
    named = any(isinstance(body.get(name), str) for name in _NAMES[:-1])
    return named and "revision" in body and any(name in body for name in _PHASES)


def _application(body: dict[str, Any]) -> dict[str, Any] | None:
    for found in (body, part(body, "app"), part(body, "application")):
        if part(found, "metadata").get("name") and ("status" in found or found.get("kind") == "Application"):
            return found
    return None


def read(body: Any, _headers: Headers, at: datetime) -> Reading:
    """The sync that is told, where it succeeded."""
    if not isinstance(body, dict):
        raise malformed("A notification of Argo CD is an object.")
    application = _application(body)
    return _read_whole(application, at) if application is not None else _read_flat(body, at)


def _read_whole(app: dict[str, Any], at: datetime) -> Reading:
    metadata, status, operation = part(app, "metadata"), part(app, "status"), part(app, "status", "operationState")
    phase = text(operation.get("phase")) or text(part(status, "sync").get("status")) or "unknown"
    if phase.lower() not in _DONE:
        return no_change(f"the sync is {phase[:60]}")
    labels = part(metadata, "labels")
    images = part(status, "summary").get("images")
    revision = text(part(operation, "syncResult").get("revision")) or text(part(status, "sync").get("revision"))
    destination = part(app, "spec", "destination")
    sync = Sync(
        name=text(metadata.get("name")),
        service=text(labels.get("service")) or text(labels.get("app.kubernetes.io/name")),
        version=_tag(images) or version_of(revision, revision),
        revision=revision,
        environment=text(labels.get("environment")) or text(destination.get("namespace")),
        url=text(part(app, "spec", "source").get("repoURL")),
        moment=operation.get("finishedAt"),
    )
    return _change(sync, at)


def _read_flat(body: dict[str, Any], at: datetime) -> Reading:
    phase = next((said for said in (text(body.get(name)) for name in _PHASES) if said), "unknown")
    if phase.lower() not in _DONE:
        return no_change(f"the sync is {phase[:60]}")
    revision = text(body.get("revision"))
    sync = Sync(
        name=next((said for said in (text(body.get(name)) for name in _NAMES) if said), None),
        service=text(body.get("service")),
        version=text(body.get("version")) or _tag(body.get("images")) or version_of(revision, revision),
        revision=revision,
        environment=text(body.get("environment")) or text(body.get("namespace")),
        url=text(body.get("url")),
        moment=body.get("finished_at") or body.get("finishedAt") or body.get("timestamp"),
    )
    return _change(sync, at)


def _change(sync: Sync, arrived: datetime) -> Reading:
    name, version, moment = sync.name, sync.version, sync.moment
    said = moment if isinstance(moment, str) else ""
    labels = {"application": name, "revision": sync.revision}
    return one_change(
        "argocd",
        arrived,
        id=f"sync {name} {sync.revision} {said}" if name and sync.revision else None,
        kind=ChangeKind.DEPLOY.value,
        service=sync.service or name,
        summary=f"{name or 'an application'} was synced" + (f" to {version}" if version else ""),
        version=version,
        environment=sync.environment,
        url=sync.url,
        at=moment,
        labels={key: value for key, value in labels.items() if value},
    )


def _tag(images: Any) -> str | None:
    """The tag of the only image; several say nothing about the application's version."""
    if not isinstance(images, list) or len(images) != 1 or not isinstance(images[0], str):
        return None
    name, _, tag = images[0].partition("@")[0].rpartition(":")
    return tag if name and tag and "/" not in tag else None


SOURCE = ChangeSource(
    id="argocd",
    name="Argo CD",
    recognises=recognises,
    read=read,
    rank=20,
    setup=(
        "argocd-notifications-cm: service.webhook.tocsin with url {url} and the header X-Tocsin-Key: {key}; a template "
        "with webhook.tocsin, method POST and the body {{{{toJson .app}}}}; subscribe it to on-sync-succeeded."
    ),
    example=ChangeExample(
        body={
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "payments", "namespace": "argocd", "labels": {"environment": "production"}},
            "spec": {
                "project": "default",
                "source": {
                    "repoURL": "https://github.com/acme/manifests",
                    "path": "payments",
                    "targetRevision": "HEAD",
                },
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "payments"},
            },
            "status": {
                "sync": {"status": "Synced", "revision": "8f2c1b7e5a0d4c3f9e6b2a1d0c4f8e7b6a5d3c2b"},
                "health": {"status": "Healthy"},
                "operationState": {
                    "phase": "Succeeded",
                    "message": "successfully synced (all tasks run)",
                    "startedAt": "2026-11-21T21:59:40Z",
                    "finishedAt": "2026-11-21T22:00:00Z",
                    "syncResult": {"revision": "8f2c1b7e5a0d4c3f9e6b2a1d0c4f8e7b6a5d3c2b"},
                },
                "summary": {"images": ["registry.example.org:5000/acme/payments:2.4.1"]},
            },
        },
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        changes=(
            {
                "source": "argocd",
                "kind": ChangeKind.DEPLOY,
                "service": "payments",
                "summary": "payments was synced to 2.4.1",
                "version": "2.4.1",
                "environment": "production",
                "at": datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
            },
        ),
        ignored=(
            ({}, {"app": {"metadata": {"name": "a"}, "status": {"operationState": {"phase": "Running"}}}}),
            ({}, {"app": {"metadata": {"name": "a"}, "status": {"operationState": {"phase": "Failed"}}}}),
            ({}, {"app": "a", "revision": "1", "phase": "Error"}),
        ),
        malformed=((7, ""), ([], "")),
    ),
)
