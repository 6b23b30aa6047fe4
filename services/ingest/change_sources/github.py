"""GitHub's webhooks: a deployment that succeeded, a push to the default branch, a published release, a workflow run.

The header `X-GitHub-Event` says which; without it the members of the body do. One deployment, release or run is one
change, however many of its states are told. The service is the deployment payload's `service`, else the repository's
name; the label `repository` holds the full name, for `match.labels`.

Source: GitHub docs, "Webhook events and payloads".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.ingest.change_sources.contract import (
    ChangeExample,
    ChangeSource,
    Headers,
    Reading,
    first_line,
    is_deployment,
    no_change,
    one_change,
    part,
    text,
    version_of,
)
from shared.events.changes import ChangeKind
from shared.problem import malformed

EVENT = "x-github-event"
_BY_MEMBER = {
    "deployment_status": "deployment_status",
    "workflow_run": "workflow_run",
    "release": "release",
    "commits": "push",
    "zen": "ping",
}


def recognises(body: Any, headers: Headers) -> bool:
    """True for GitHub's header, or one of its events about a repository of GitHub's making."""
    if EVENT in headers:
        return True
    return isinstance(body, dict) and bool(part(body, "repository").get("full_name")) and _event(body, headers) != ""


def _event(body: Any, headers: Headers) -> str:
    named = headers.get(EVENT, "").strip().lower()
    return named or next((event for member, event in _BY_MEMBER.items() if member in body), "")


def read(body: Any, headers: Headers, at: datetime) -> Reading:
    """At most one change an event."""
    if not isinstance(body, dict):
        raise malformed("An event of GitHub is an object.")
    event = _event(body, headers)
    reader = _READERS.get(event)
    return reader(body, at) if reader is not None else no_change(f"the event {event[:60]!r} of GitHub is no change")


def _change(body: dict[str, Any], arrived: datetime, /, **fields: Any) -> Reading:
    repository = part(body, "repository")
    labels = {"repository": text(repository.get("full_name")), **fields.pop("labels", {})}
    fields["service"] = fields.get("service") or text(repository.get("name"))
    return one_change("github", arrived, labels={name: value for name, value in labels.items() if value}, **fields)


def _deployment(body: dict[str, Any], at: datetime) -> Reading:
    status, deployment = part(body, "deployment_status"), part(body, "deployment")
    state = text(status.get("state")) or "unknown"
    if state != "success":
        return no_change(f"the deployment is {state[:60]}")
    payload = part(deployment, "payload")
    version = text(payload.get("version")) or version_of(deployment.get("ref"), deployment.get("sha"))
    environment = text(status.get("environment")) or text(deployment.get("environment"))
    task = text(deployment.get("task")) or "deploy"
    rolls_back = "rollback" in task.lower()
    service = text(payload.get("service")) or text(part(body, "repository").get("name"))
    done = "rolled back" if rolls_back else "deployed"
    where = f" to {environment}" if environment else ""
    return _change(
        body,
        at,
        id=f"deployment {text(deployment.get('id')) or text(status.get('id')) or version}",
        kind=(ChangeKind.ROLLBACK if rolls_back else ChangeKind.DEPLOY).value,
        service=service,
        summary=f"{service} {version or ''} was {done}{where}".replace("  ", " "),
        version=version,
        environment=environment,
        author=text(part(deployment, "creator").get("login")),
        url=text(status.get("log_url")) or text(status.get("target_url")) or text(status.get("environment_url")),
        at=status.get("created_at") or status.get("updated_at"),
        labels={"ref": text(deployment.get("ref")), "sha": text(deployment.get("sha"))},
    )


def _push(body: dict[str, Any], at: datetime) -> Reading:
    ref = text(body.get("ref")) or ""
    branch = ref.removeprefix("refs/heads/")
    default = text(part(body, "repository").get("default_branch"))
    if body.get("deleted") is True:
        return no_change("a branch was deleted")
    if branch == ref or branch != (default or branch):
        return no_change("the push is not to the default branch")
    head = part(body, "head_commit")
    commits = body.get("commits")
    count = len(commits) if isinstance(commits, list) else 0
    line = first_line(head.get("message"))
    return _change(
        body,
        at,
        id=f"push {ref} {text(body.get('after')) or ''}",
        kind=ChangeKind.CODE.value,
        summary=f"{count} {'commit' if count == 1 else 'commits'} to {branch}" + (f": {line}" if line else ""),
        version=version_of(None, body.get("after")),
        author=text(part(body, "pusher").get("name")) or text(part(body, "sender").get("login")),
        url=text(body.get("compare")) or text(head.get("url")),
        at=head.get("timestamp"),
        labels={"branch": branch, "sha": text(body.get("after"))},
    )


def _release(body: dict[str, Any], at: datetime) -> Reading:
    action, release = text(body.get("action")) or "unknown", part(body, "release")
    if action not in ("published", "released") or release.get("draft") is True:
        return no_change(f"the release was {action[:60]}, not published")
    tag = text(release.get("tag_name"))
    name = text(release.get("name"))
    return _change(
        body,
        at,
        id=f"release {text(release.get('id')) or tag}",
        kind=ChangeKind.RELEASE.value,
        summary=f"{text(part(body, 'repository').get('name')) or 'a repository'} {name or tag or ''} was released",
        version=tag,
        author=text(part(release, "author").get("login")),
        url=text(release.get("html_url")),
        at=release.get("published_at"),
    )


def _workflow(body: dict[str, Any], at: datetime) -> Reading:
    action, run = text(body.get("action")) or "unknown", part(body, "workflow_run")
    if action != "completed":
        return no_change(f"the workflow run is {action[:60]}")
    conclusion = text(run.get("conclusion")) or "unknown"
    if conclusion != "success":
        return no_change(f"the workflow run ended with {conclusion[:60]}")
    name = text(run.get("name")) or text(part(body, "workflow").get("name")) or "a workflow"
    branch = text(run.get("head_branch"))
    is_deploy = is_deployment(name, run.get("path"))
    title = first_line(run.get("display_title"))
    return _change(
        body,
        at,
        id=f"workflow_run {text(run.get('id'))} {text(run.get('run_attempt'))}",
        kind=(ChangeKind.DEPLOY if is_deploy else ChangeKind.BUILD).value,
        summary=f"{name} succeeded" + (f" on {branch}" if branch else "") + (f": {title}" if title else ""),
        version=version_of(branch, run.get("head_sha")),
        author=text(part(run, "actor").get("login")),
        url=text(run.get("html_url")),
        at=run.get("updated_at"),
        labels={"branch": branch, "sha": text(run.get("head_sha")), "workflow": name},
    )


_READERS = {"deployment_status": _deployment, "push": _push, "release": _release, "workflow_run": _workflow}

_REPOSITORY = {
    "id": 186853002,
    "name": "payments",
    "full_name": "acme/payments",
    "html_url": "https://github.com/acme/payments",
    "default_branch": "main",
}
_DEPLOYMENT = {
    "id": 145988746,
    "sha": "f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
    "ref": "v2.4.1",
    "task": "deploy",
    "payload": {},
    "environment": "production",
    "creator": {"login": "sara"},
}

SOURCE = ChangeSource(
    id="github",
    name="GitHub",
    recognises=recognises,
    read=read,
    rank=10,
    setup=(
        "Repository or organisation, Settings, Webhooks: payload URL {url}, content type application/json, "
        "secret {key} (or its signing secret); events: deployment statuses, pushes, releases, workflow runs."
    ),
    example=ChangeExample(
        headers={EVENT: "deployment_status", "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
        body={
            "action": "created",
            "deployment_status": {
                "id": 209916254,
                "state": "success",
                "creator": {"login": "sara"},
                "description": "Deployment finished successfully.",
                "environment": "production",
                "log_url": "https://github.com/acme/payments/actions/runs/812",
                "created_at": "2026-11-21T22:00:00Z",
                "updated_at": "2026-11-21T22:00:00Z",
            },
            "deployment": _DEPLOYMENT,
            "repository": _REPOSITORY,
            "sender": {"login": "sara"},
        },
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        changes=(
            {
                "source": "github",
                "kind": ChangeKind.DEPLOY,
                "service": "payments",
                "summary": "payments v2.4.1 was deployed to production",
                "version": "v2.4.1",
                "environment": "production",
                "author": "sara",
                "url": "https://github.com/acme/payments/actions/runs/812",
                "at": datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
                "labels": {
                    "repository": "acme/payments",
                    "ref": "v2.4.1",
                    "sha": "f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
                },
            },
        ),
        ignored=(
            ({EVENT: "ping"}, {"zen": "Keep it logically awesome.", "hook_id": 1, "repository": _REPOSITORY}),
            ({EVENT: "deployment_status"}, {"deployment_status": {"state": "pending"}, "deployment": _DEPLOYMENT}),
            ({EVENT: "deployment_status"}, {"deployment_status": {"state": "failure"}, "deployment": _DEPLOYMENT}),
            ({EVENT: "push"}, {"ref": "refs/heads/try", "commits": [], "repository": _REPOSITORY}),
            ({EVENT: "push"}, {"ref": "refs/heads/main", "deleted": True, "repository": _REPOSITORY}),
            ({EVENT: "release"}, {"action": "created", "release": {"id": 1}, "repository": _REPOSITORY}),
            ({EVENT: "workflow_run"}, {"action": "completed", "workflow_run": {"conclusion": "failure"}}),
            ({EVENT: "workflow_run"}, {"action": "requested", "workflow_run": {}}),
            ({EVENT: "issues"}, {"action": "opened"}),
        ),
        malformed=((7, ""), ([], "")),
    ),
)
