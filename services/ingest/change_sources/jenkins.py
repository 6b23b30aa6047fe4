"""Jenkins: a build that succeeded, as its notification plugin tells it, or as a build's own JSON says it.

A job whose name speaks of deploying, or that is given a version or an environment, deploys; any other builds. The
service is the parameter `SERVICE`, else the job's name without the word for deploying. Each build is told in several
phases and is one change. Source: Jenkins plugin "Notification", and the remote access API.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from services.ingest.change_sources.contract import (
    WORD,
    ChangeExample,
    ChangeSource,
    Headers,
    Reading,
    is_deployment,
    no_change,
    one_change,
    part,
    text,
)
from shared.events.changes import ChangeKind
from shared.problem import malformed

# a run of separators is tried from its beginning only, and a word for deploying takes all that follows it
_AFFIX = re.compile(
    r"\A(?:deploy|release|rollout)[-_ /]+|(?<![-_ /])[-_ /]+(?:deploy|deployment|release|rollout)(?:[-_ /].*)?\Z",
    re.IGNORECASE | re.DOTALL,
)
_SERVICES = ("SERVICE", "SERVICE_NAME", "APP", "APP_NAME", "APPLICATION")
_VERSIONS = ("VERSION", "APP_VERSION", "TAG", "IMAGE_TAG", "RELEASE")
_ENVIRONMENTS = ("ENVIRONMENT", "ENV", "DEPLOY_ENV", "TARGET_ENV")


def recognises(body: Any, _headers: Headers) -> bool:
    """True for the plugin's body, or a build's own JSON."""
    if not isinstance(body, dict):
        return False
    build = part(body, "build")
    kind = body.get("_class")
    return ("number" in build and ("phase" in build or "status" in build)) or (
        "result" in body and "number" in body and (isinstance(kind, str) or "building" in body)
    )


def read(body: Any, _headers: Headers, at: datetime) -> Reading:
    """The build, where it succeeded."""
    if not isinstance(body, dict):
        raise malformed("A notification of Jenkins is an object.")
    build = part(body, "build") or body
    phase = (text(build.get("phase")) or "completed").lower()
    if phase not in ("completed", "finalized") or build.get("building") is True:
        return no_change(f"the build is {phase[:60]}" if phase != "completed" else "the build still runs")
    result = text(build.get("status")) or text(build.get("result")) or "unknown"
    if result.upper() != "SUCCESS":
        return no_change(f"the build ended with {result[:60]}")
    return _change(body, build, at)


def _change(body: dict[str, Any], build: dict[str, Any], at: datetime) -> Reading:
    given = _parameters(build)
    number = text(build.get("number"))
    job = _job(body, number)
    version, environment = _first(given, _VERSIONS), _first(given, _ENVIRONMENTS)
    scm = part(build, "scm")
    commit = text(scm.get("commit"))
    is_deploy = is_deployment(job) or version is not None or environment is not None
    labels = {"job": job, "branch": text(scm.get("branch")), "sha": commit}
    return one_change(
        "jenkins",
        at,
        id=f"build {job} {number}" if job and number else None,
        kind=(ChangeKind.DEPLOY if is_deploy else ChangeKind.BUILD).value,
        service=_first(given, _SERVICES) or (_service_of(job) if job else None),
        summary=f"build {number or '?'} of {job or 'a job'} succeeded",
        version=version or (commit[:7] if commit else number),
        environment=environment,
        url=text(build.get("full_url")) or text(build.get("url")) or text(body.get("url")),
        at=build.get("timestamp"),
        labels={name: value for name, value in labels.items() if value},
    )


def _service_of(job: str) -> str:
    return _AFFIX.sub("", job[:WORD]) or job


def _job(body: dict[str, Any], number: str | None) -> str | None:
    for name in ("name", "job", "job_name", "jobName"):
        if said := text(body.get(name)):
            return said
    whole = text(body.get("fullDisplayName"))
    return whole.removesuffix(f" #{number}").replace(" » ", "/") if whole else None


def _parameters(build: dict[str, Any]) -> dict[str, Any]:
    """A build's parameters by upper-case name, as the plugin tells them or as the build's actions list them."""
    found = dict(part(build, "parameters"))
    actions = build.get("actions")
    for action in actions if isinstance(actions, list) else ():
        listed = action.get("parameters") if isinstance(action, dict) else None
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                found[one["name"]] = one.get("value")
    return {name.upper(): value for name, value in found.items()}


def _first(given: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((said for said in (text(given.get(name)) for name in names) if said), None)


SOURCE = ChangeSource(
    id="jenkins",
    name="Jenkins",
    recognises=recognises,
    read=read,
    rank=21,
    setup=(
        "Notification plugin: format JSON, protocol HTTP, event Job Finalized, URL {url}; or from a pipeline: "
        "httpRequest url: '{url}', customHeaders: [[name: 'X-Tocsin-Key', value: '{key}']], httpMode: 'POST'."
    ),
    example=ChangeExample(
        body={
            "name": "deploy-payments",
            "url": "job/deploy-payments/",
            "build": {
                "full_url": "https://jenkins.example.org/job/deploy-payments/18/",
                "number": 18,
                "phase": "FINALIZED",
                "status": "SUCCESS",
                "url": "job/deploy-payments/18/",
                "timestamp": 1795298400000,
                "scm": {
                    "url": "https://github.com/acme/payments.git",
                    "branch": "origin/main",
                    "commit": "c6d86dc654b12425e706bcf951adfe5a8627a517",
                },
                "parameters": {"VERSION": "2.4.1", "ENVIRONMENT": "production"},
                "artifacts": {},
            },
        },
        at=datetime.fromtimestamp(1795298700, UTC),
        changes=(
            {
                "source": "jenkins",
                "kind": ChangeKind.DEPLOY,
                "service": "payments",
                "summary": "build 18 of deploy-payments succeeded",
                "version": "2.4.1",
                "environment": "production",
                "url": "https://jenkins.example.org/job/deploy-payments/18/",
                "at": datetime.fromtimestamp(1795298400, UTC),
            },
        ),
        ignored=(
            ({}, {"name": "a", "build": {"number": 1, "phase": "STARTED"}}),
            ({}, {"name": "a", "build": {"number": 1, "phase": "COMPLETED", "status": "FAILURE"}}),
            ({}, {"_class": "hudson.model.FreeStyleBuild", "number": 3, "result": None, "building": True}),
        ),
        malformed=((7, ""), ([], "")),
    ),
)
