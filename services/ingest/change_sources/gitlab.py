"""GitLab's webhooks: a deployment or a pipeline that succeeded, a push to the default branch, a release.

A pipeline whose jobs reached an environment is a deploy. The service is the project's name; the label `repository`
holds its full path. Times come as `2026-11-21 22:00:00 UTC` or `… +0200`. Source: GitLab docs, "Webhook events".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from services.ingest.change_sources.contract import (
    ChangeExample,
    ChangeSource,
    Headers,
    Reading,
    first_line,
    no_change,
    one_change,
    part,
    text,
    version_of,
)
from shared.events.changes import ChangeKind
from shared.problem import malformed

EVENT = "x-gitlab-event"
_OFFSET = re.compile(r" ([+-]\d{4})$")


def recognises(body: Any, headers: Headers) -> bool:
    """True for GitLab's header, or a body that names its kind and project as GitLab does."""
    return EVENT in headers or (isinstance(body, dict) and "object_kind" in body and "project" in body)


def read(body: Any, _headers: Headers, at: datetime) -> Reading:
    """At most one change a hook."""
    if not isinstance(body, dict):
        raise malformed("A hook of GitLab is an object.")
    kind = text(body.get("object_kind")) or "unknown"
    reader = _READERS.get(kind)
    return reader(body, at) if reader is not None else no_change(f"a hook {kind[:60]!r} of GitLab is no change")


def _moment(value: Any) -> Any:
    return _OFFSET.sub(r"\1", value.replace(" UTC", "Z")) if isinstance(value, str) and len(value) < 64 else value


def _change(body: dict[str, Any], arrived: datetime, /, **fields: Any) -> Reading:
    project = part(body, "project")
    labels = {"repository": text(project.get("path_with_namespace")), **fields.pop("labels", {})}
    path = text(project.get("path_with_namespace"))
    user = part(body, "user")
    return one_change(
        "gitlab",
        arrived,
        service=path.rpartition("/")[2] if path else text(project.get("name")),
        author=text(user.get("username")) or text(body.get("user_username")),
        labels={name: value for name, value in labels.items() if value},
        **fields,
    )


def _project(body: dict[str, Any]) -> str:
    return text(part(body, "project").get("name")) or "a project"


def _deployment(body: dict[str, Any], at: datetime) -> Reading:
    status = text(body.get("status")) or "unknown"
    if status != "success":
        return no_change(f"the deployment is {status[:60]}")
    version = version_of(body.get("ref"), body.get("short_sha"))
    environment = text(body.get("environment"))
    return _change(
        body,
        at,
        id=f"deployment {text(body.get('deployment_id')) or text(body.get('deployable_id')) or version}",
        kind=ChangeKind.DEPLOY.value,
        summary=f"{_project(body)} {version or ''} was deployed".replace("  ", " ")
        + (f" to {environment}" if environment else ""),
        version=version,
        environment=environment,
        url=text(body.get("deployable_url")) or text(body.get("commit_url")),
        at=_moment(body.get("status_changed_at")),
        labels={"ref": text(body.get("ref")), "tier": text(body.get("environment_tier"))},
    )


def _pipeline(body: dict[str, Any], at: datetime) -> Reading:
    pipeline = part(body, "object_attributes")
    status = text(pipeline.get("status")) or "unknown"
    if status != "success":
        return no_change(f"the pipeline is {status[:60]}")
    environment = _find_environment(body.get("builds"))
    ref = text(pipeline.get("ref"))
    commit = part(body, "commit")
    line = first_line(commit.get("title")) or first_line(commit.get("message"))
    version = ref if pipeline.get("tag") is True else version_of(ref, pipeline.get("sha"))
    return _change(
        body,
        at,
        id=f"pipeline {text(pipeline.get('id'))}",
        kind=(ChangeKind.DEPLOY if environment else ChangeKind.BUILD).value,
        summary=f"the pipeline of {_project(body)} succeeded"
        + (f" on {ref}" if ref else "")
        + (f": {line}" if line else ""),
        version=version,
        environment=environment,
        url=text(pipeline.get("url")) or text(commit.get("url")),
        at=_moment(pipeline.get("finished_at")),
        labels={"ref": ref, "sha": text(pipeline.get("sha"))},
    )


def _find_environment(builds: Any) -> str | None:
    """The environment that a job of the pipeline brought something into."""
    for build in builds if isinstance(builds, list) else ():
        environment = part(build, "environment")
        if environment.get("action", "start") == "start" and part({"b": build}, "b").get("status") == "success":
            name = text(environment.get("name"))
            if name:
                return name
    return None


def _push(body: dict[str, Any], at: datetime) -> Reading:
    ref = text(body.get("ref")) or ""
    branch = ref.removeprefix("refs/heads/")
    default = text(part(body, "project").get("default_branch"))
    after = text(body.get("after")) or ""
    if not after.strip("0"):
        return no_change("a branch was deleted")
    if branch == ref or branch != (default or branch):
        return no_change("the push is not to the default branch")
    count = text(body.get("total_commits_count")) or "0"
    return _change(
        body,
        at,
        id=f"push {ref} {after}",
        kind=ChangeKind.CODE.value,
        summary=f"{count} {'commit' if count == '1' else 'commits'} to {branch}",
        version=version_of(None, after),
        url=text(part(body, "project").get("web_url")),
        labels={"branch": branch, "sha": after},
    )


def _release(body: dict[str, Any], at: datetime) -> Reading:
    action = text(body.get("action")) or "unknown"
    if action != "create":
        return no_change(f"the release: {action[:60]}")
    tag = text(body.get("tag"))
    return _change(
        body,
        at,
        id=f"release {text(body.get('id')) or tag}",
        kind=ChangeKind.RELEASE.value,
        summary=f"{_project(body)} {text(body.get('name')) or tag or ''} was released",
        version=tag,
        url=text(body.get("url")),
        at=_moment(body.get("released_at")),
    )


_READERS = {"deployment": _deployment, "pipeline": _pipeline, "push": _push, "release": _release}
_PROJECT = {
    "id": 30,
    "name": "Payments",
    "web_url": "https://gitlab.example.org/acme/payments",
    "path_with_namespace": "acme/payments",
    "default_branch": "main",
}

SOURCE = ChangeSource(
    id="gitlab",
    name="GitLab",
    recognises=recognises,
    read=read,
    rank=11,
    setup=(
        "Project or group, Settings, Webhooks: URL {url}, secret token {key}; "
        "triggers: deployment events, pipeline events, push events, releases."
    ),
    example=ChangeExample(
        headers={EVENT: "Deployment Hook"},
        body={
            "object_kind": "deployment",
            "status": "success",
            "status_changed_at": "2026-11-22 00:00:00 +0200",
            "deployment_id": 15,
            "deployable_id": 796,
            "deployable_url": "https://gitlab.example.org/acme/payments/-/jobs/796",
            "environment": "production",
            "environment_tier": "production",
            "project": _PROJECT,
            "ref": "main",
            "short_sha": "279484c0",
            "user": {"id": 1, "name": "Sara", "username": "sara"},
            "commit_url": "https://gitlab.example.org/acme/payments/-/commit/279484c0",
            "commit_title": "Pool of ten",
        },
        at=datetime(2026, 11, 21, 22, 5, tzinfo=UTC),
        changes=(
            {
                "source": "gitlab",
                "kind": ChangeKind.DEPLOY,
                "service": "payments",
                "summary": "Payments 279484c was deployed to production",
                "version": "279484c",
                "environment": "production",
                "author": "sara",
                "url": "https://gitlab.example.org/acme/payments/-/jobs/796",
                "at": datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
                "mended": (),
            },
        ),
        ignored=(
            ({}, {"object_kind": "deployment", "status": "running", "project": _PROJECT}),
            ({}, {"object_kind": "deployment", "status": "failed", "project": _PROJECT}),
            ({}, {"object_kind": "pipeline", "object_attributes": {"status": "failed"}, "project": _PROJECT}),
            ({}, {"object_kind": "push", "ref": "refs/heads/try", "after": "1a", "project": _PROJECT}),
            ({}, {"object_kind": "push", "ref": "refs/heads/main", "after": "000000", "project": _PROJECT}),
            ({}, {"object_kind": "release", "action": "update", "project": _PROJECT}),
            ({}, {"object_kind": "issue", "project": _PROJECT}),
        ),
        malformed=((7, ""), ([], "")),
    ),
)
