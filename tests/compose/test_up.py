"""Brought up as the README says: all is well, the first alert pages, and nobody may do or read more than needed."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from deploy.local.readiness import ask
from deploy.local.settings import ROOT
from shared.testing.harness import eventually
from shared.testing.mail_sink import MailSink
from tests.architecture.source import SERVICES
from tests.compose.conftest import IMAGE
from tests.compose.memory import memory_of
from tests.compose.project import Project, secrets_in

BYTES = {"m": 1 << 20, "g": 1 << 30}


@pytest.fixture
def mail(project: Project) -> Iterator[MailSink]:
    """A mail server that Tocsin is told of as docs/operations.md says: by its file, and comms started anew."""
    with MailSink(project.here()) as sink:
        (project.deploy / "secrets" / "smtp-url").write_text(f"{sink.url}?starttls=never")
        project.podman.run("restart", project.container("comms"))
        project.wait_for("comms")
        project.wait_ready()
        yield sink


async def test_the_first_alert_of_the_readme_is_paged(project: Project, mail: MailSink) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"## The first alert in a minute\n\n```sh\n(.+?)```", text, re.DOTALL)
    assert found is not None
    head, *rest = found[1].splitlines()
    assert head.startswith("URL=")
    script = "\n".join([f"set -e\nURL={project.url} KEY={project.admin_key}", *rest])
    done = await asyncio.to_thread(subprocess.run, ["sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (await eventually(lambda: mail.to("sara@example.org"), seconds=10))[0]
    assert "error rate is high" in page.subject
    assert '"status":"acknowledged"' in done.stdout.replace(" ", "")


async def test_prometheus_has_every_service(project: Project) -> None:
    def services() -> list[str]:
        answer = ask(f"{project.base_url('prometheus')}/api/v1/query?query=up%7Bjob%3D%22tocsin%22%7D%3D%3D1")
        return sorted(one["metric"]["service"] for one in json.loads(answer.text)["data"]["result"])

    await eventually(services, seconds=40, until=lambda found: found == sorted(SERVICES))


def test_no_secret_is_where_who_inspects_sees_it(project: Project) -> None:
    engine = project.podman
    shown = [json.dumps(project.state(name)) for name in project.services]
    shown += [engine.run("image", "inspect", IMAGE), engine.run("history", "--no-trunc", IMAGE)]
    shown += [project.logs(name) for name in project.services]
    secrets = [*secrets_in(project.deploy / "secrets"), project.admin_key]
    assert len(secrets) > 8
    assert [index for index, secret in enumerate(secrets) if any(secret in text for text in shown)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_nothing_and_its_limit_is_the_kernels(project: Project, service: str) -> None:
    container = project.container(service)
    rights = dict(
        line.split(":\t")
        for line in project.podman.run("exec", container, "cat", "/proc/self/status").splitlines()
        if line.startswith(("Uid", "Cap", "NoNewPrivs"))
    )
    assert rights.pop("NoNewPrivs") == "1"
    assert rights.pop("Uid").split() == ["10001"] * 4
    assert {int(held, 16) for held in rights.values()} == {0}
    assert not project.podman.does("exec", container, "touch", "/app/file")
    said = project.services[service]["deploy"]["resources"]["limits"]["memory"]
    assert memory_of(project.pid(service)).limit == int(said[:-1]) * BYTES[said[-1]]


def test_only_what_must_call_the_outside_has_a_way_out(project: Project) -> None:
    code = f"import socket; socket.create_connection(('{project.here()}', 9), 2)"
    said = {}
    for service in ("oncall", "comms"):
        container = project.container(service)
        done = subprocess.run(
            ["podman", "exec", container, "python", "-c", code], env=project.environ, capture_output=True, text=True
        )
        said[service] = done.stderr.strip().splitlines()[-1]
    assert "unreachable" in said["oncall"]
    assert "refused" in said["comms"]


def test_nothing_had_to_be_started_again(project: Project) -> None:
    again = {name: project.state(name)["RestartCount"] for name in project.services}
    assert set(again.values()) == {0}, again


def test_what_it_has_in_memory_at_rest(project: Project, figures: list[str]) -> None:
    lines = project.podman.run("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}").splitlines()
    ours = [line.removeprefix("tocsin-test_").replace("_1 ", " ") for line in lines if line.startswith("tocsin-test_")]
    figures.append(f"in memory: {'; '.join(sorted(ours))}")
    assert len(ours) >= len(project.stays)
