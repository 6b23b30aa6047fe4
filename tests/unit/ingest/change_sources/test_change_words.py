"""Words of tools that tell of changes: whatever a sender writes there is read in a time that grows as its length."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from services.ingest.change_sources import github, jenkins
from services.ingest.change_sources.contract import is_deployment, no_change, version_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LONG = 400_000
"""Characters; what grows as the square of this takes minutes."""


@pytest.mark.parametrize(
    "ref, version",
    [
        pytest.param("refs/tags/any-thing", "any-thing", id="a tag"),
        pytest.param("v2.4.1", "v2.4.1", id="a version"),
        pytest.param("1.2.x", "1.2.x", id="a line of versions"),
        pytest.param("1.2+build.7", "1.2+build.7", id="with a build"),
        pytest.param("1.2_rc-1", "1.2_rc-1", id="a candidate"),
        pytest.param("main", "abcdef0", id="a branch"),
        pytest.param("1.2 x", "abcdef0", id="no version"),
        pytest.param("12", "abcdef0", id="a number"),
        pytest.param("v1.", "abcdef0", id="half a version"),
        pytest.param(None, "abcdef0", id="none"),
    ],
)
def test_a_ref_names_a_version(ref: str | None, version: str) -> None:
    assert version_of(ref, "abcdef0123") == version


@pytest.mark.parametrize(
    "job, service",
    [
        pytest.param("deploy-payments", "payments", id="before"),
        pytest.param("payments-deploy", "payments", id="behind"),
        pytest.param("payments - deployment / eu-1", "payments", id="with a place behind"),
        pytest.param("payments-release_2\nline", "payments", id="over two lines"),
        pytest.param("shop/payments", "shop/payments", id="none"),
        pytest.param("deploy", "deploy", id="nothing else"),
        pytest.param("payments-deployer", "payments-deployer", id="another word"),
    ],
)
def test_a_job_names_a_service(job: str, service: str) -> None:
    body = {"name": job, "build": {"number": 1, "phase": "FINALIZED", "status": "SUCCESS"}}
    (change,) = jenkins.read(body, {}, NOW).changes
    assert change.service == service


def jenkins_job(job: str) -> object:
    return jenkins.read({"name": job, "build": {"number": 1, "phase": "FINALIZED", "status": "SUCCESS"}}, {}, NOW)


def github_ref(ref: str) -> object:
    body: dict[str, Any] = {"deployment_status": {"state": "success"}, "repository": {"name": "s"}}
    body["deployment"] = {"id": 1, "ref": ref, "sha": "a"}
    return github.read(body, {"x-github-event": "deployment_status"}, NOW)


@pytest.mark.parametrize("read", [jenkins_job, github_ref, lambda text: version_of(text, None), is_deployment])
@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("1" + ".1" * (LONG // 2) + "!", id="versions"),
        pytest.param("1" * LONG + "!", id="digits"),
        pytest.param("1.1" + "." * LONG + "!", id="dots"),
        pytest.param("a" + "-" * LONG + "x", id="dashes"),
        pytest.param("-deploy" * (LONG // 7) + "\nx", id="words for deploying"),
        pytest.param("deploy" + "_" * LONG, id="a word and separators"),
        pytest.param("\n" * LONG, id="line ends"),
    ],
)
def test_long_words_are_read_at_once(read: Any, hostile: str) -> None:
    began = time.process_time()
    read(hostile)
    assert time.process_time() - began < 5


def test_a_reason_holds_only_what_an_answer_can_carry() -> None:
    reason = no_change(f"the deployment is {'cut ' + chr(0xD83D)}").reason
    assert reason == "the deployment is cut ?"
