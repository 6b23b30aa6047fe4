"""`runbooks` and `executions` against a gateway that answers as automation does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from incident_manager.commandline.exit_codes import ExitCode
from shared.testing.http_stub import HttpStub
from shared.testing.plain_http import Reply

pytestmark = pytest.mark.integration

STEP: dict[str, Any] = {
    "n": 1,
    "name": "Clean",
    "type": "script",
    "state": "succeeded",
    "detail": "",
    "output": "removed 7\n",
    "plan": None,
}
EXECUTION: dict[str, Any] = {
    "id": "exe_1",
    "runbook_id": "disk-full",
    "runbook_name": "Disk full",
    "incident_id": "INC-1",
    "state": "succeeded",
    "detail": "",
    "dry_run": False,
    "matched": None,
    "waiting": None,
    "steps": [STEP],
    "created_at": "2026-11-30T06:00:00Z",
}
PLAN = {"what": "#!sh\nrm x", "where": "the sandbox", "as_whom": "nobody", "environment": {"path": "/tmp"}, "flaw": ""}


def told(value: Any) -> Reply:
    return Reply(200, {"content-type": "application/json"}, json.dumps(value).encode())


def command(stub: HttpStub, *words: str) -> tuple[int, str]:
    """The exit code of a command that is run against the stub, and what it wrote."""
    given = {**os.environ, "TOCSIN_URL": stub.url, "TOCSIN_API_KEY": "key", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-m", "incident_manager", "--lang", "en", *words], env=given, capture_output=True, timeout=30
    )
    return done.returncode, done.stdout.decode()


def test_runbooks_are_listed_and_one_is_shown_as_the_file_that_it_is() -> None:
    runbook: dict[str, Any] = {"id": "disk-full", "team": None, "name": "Disk full", "steps": [1, 2], "triggers": [{}]}
    with HttpStub([told({"items": [runbook], "next_cursor": None})]) as stub:
        code, out = command(stub, "runbooks", "list")
    assert (code, "disk-full" in out) == (ExitCode.DONE, True)
    with HttpStub([Reply(200, {"content-type": "application/yaml"}, b"name: Disk full\n")]) as stub:
        assert command(stub, "runbooks", "show", "disk-full") == (ExitCode.DONE, "name: Disk full\n")
        assert stub.requests[0].path == "/runbooks/disk-full.yaml"


def test_a_dry_run_shows_where_as_whom_and_with_what() -> None:
    matched = {"trigger": 1, "criteria": ["service_id=payments"], "alert_id": None}
    shown = {**EXECUTION, "dry_run": True, "matched": matched, "steps": [{**STEP, "plan": PLAN}]}
    with HttpStub([told(shown)]) as stub:
        words = ("runbooks", "run", "disk-full", "--incident", "INC-1", "--set", "path=/tmp", "--dry-run")
        code, out = command(stub, *words)
        (request,) = stub.requests
    assert code == ExitCode.DONE
    assert (request.method, request.path) == ("POST", "/incidents/INC-1/run-action")
    assert json.loads(request.body) == {"runbook_id": "disk-full", "parameters": {"path": "/tmp"}, "dry_run": True}
    for part in ("service_id=payments", "the sandbox", "as nobody", "rm x", "path=/tmp"):
        assert part in out


def test_a_run_that_fails_has_its_exit_code_and_scripts_get_the_id_alone() -> None:
    begun, failed = {**EXECUTION, "state": "running"}, {**EXECUTION, "state": "failed", "detail": "Step 1 failed."}
    with HttpStub([told(begun), told(failed)]) as stub:
        words = ("--quiet", "runbooks", "run", "disk-full", "--incident", "INC-1", "--wait", "5")
        assert command(stub, *words) == (ExitCode.FAILED, "exe_1\n")


@pytest.mark.parametrize(
    "words, path",
    [
        (["--approve"], "/executions/exe_1/approve"),
        (["--cancel"], "/executions/exe_1/cancel"),
        (["--done", "2", "--note", "gone"], "/executions/exe_1/steps/2/complete"),
    ],
)
def test_people_answer(words: list[str], path: str) -> None:
    with HttpStub([told(EXECUTION)]) as stub:
        assert command(stub, "executions", "exe_1", *words)[0] == ExitCode.DONE
        assert [(one.method, one.path) for one in stub.requests] == [("POST", path)]


def test_executions_are_listed_and_one_is_shown_with_the_end_of_what_it_wrote() -> None:
    with HttpStub([told({"items": [EXECUTION, EXECUTION], "next_cursor": None})]) as stub:
        code, out = command(stub, "executions", "--incident", "INC-1", "--limit", "1")
        assert "incident_id=INC-1" in stub.requests[0].path
    assert (code, out.count("exe_1")) == (ExitCode.DONE, 1)
    with HttpStub([told(EXECUTION)]) as stub:
        code, out = command(stub, "executions", "exe_1")
    assert (code, "removed 7" in out) == (ExitCode.DONE, True)


@pytest.mark.parametrize(
    "words",
    [
        ["runbooks", "show"],
        ["runbooks", "run", "disk-full"],
        ["runbooks", "run", "disk-full", "--incident", "INC-1", "--set", "path"],
        ["executions", "--approve"],
    ],
)
def test_what_can_not_be_understood_calls_nobody(words: list[str]) -> None:
    with HttpStub([told({})]) as stub:
        assert command(stub, *words)[0] == ExitCode.USAGE
        assert stub.requests == []


def test_those_that_are_shipped_are_listed_and_one_is_shown_as_a_file() -> None:
    shipped = {"id": "disk-full", "name": "Disk full", "description": "", "yaml": "name: Disk full\n"}
    with HttpStub(3 * [told({"items": [shipped], "next_cursor": None})]) as stub:
        code, out = command(stub, "runbooks", "examples")
        assert (code, "disk-full" in out, "Disk full" in out) == (ExitCode.DONE, True, True)
        assert command(stub, "runbooks", "examples", "disk-full") == (ExitCode.DONE, "name: Disk full\n")
        assert command(stub, "runbooks", "examples", "gone")[0] == ExitCode.USAGE
