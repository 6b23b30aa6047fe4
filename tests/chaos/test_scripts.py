"""`kill -9` of automation while a script runs: that it is not known how far it came is recorded, and it runs once."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.local.debian import install_packages
from deploy.local.stack import Stack
from shared.testing.harness import PLAIN, eventually
from shared.testing.peers import sshd as peer
from shared.testing.peers.sshd import Sshd

KNOWN_SECONDS = 60.0
"""The lease and a look are 19; the rest is for a busy machine, on which the process is started anew."""
AFTER_SECONDS = 25.0
"""Longer than lease and look together: who would begin it again has done so by then."""
WAITS = 'echo "$mark" >> "$file"; echo begun; sleep 300; echo late >> "$file"'
PARAMETERS = [{"name": "file"}, {"name": "mark", "default": "line"}]


def lines_of(file: Path) -> list[str]:
    """What scripts wrote into it."""
    return file.read_text().splitlines() if file.exists() else []


@dataclass
class Runs:
    """What runs scripts on a stack."""

    stack: Stack
    api: httpx2.AsyncClient
    incident: str = ""

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        answer = await self.api.post(path, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def begin(self, file: Path, team: str | None = None, **step: Any) -> str:
        """Run a script that writes one line into the file and then goes on; its execution once the line is there."""
        script = {
            "type": "script",
            "name": "write",
            "interpreter": "sh",
            "script": WAITS,
            "timeout_seconds": 600,
            **step,
        }
        after = {"type": "wait", "name": "after", "timeout_seconds": 0}
        body = {"name": "write", "team": team, "parameters": PARAMETERS, "steps": [script, after]}
        runbook = await self.post("/runbooks", body)
        asked = {"runbook_id": runbook["id"], "parameters": {"file": str(file)}}
        execution = await self.post(f"/incidents/{self.incident}/run-action", asked)
        id_ = str(execution["id"])

        async def is_written() -> bool:
            ended = await self.read(id_)
            assert ended["state"] == "running", ended
            return lines_of(file) == ["line"]

        await eventually(is_written, seconds=30)
        return id_

    async def read(self, id_: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.api.get(f"/executions/{id_}")).json()
        return found

    async def ended(self, id_: str) -> dict[str, Any]:
        """The execution once it is over, while automation comes up again."""

        async def read() -> dict[str, Any]:
            answer = await self.api.get(f"/executions/{id_}")
            return answer.json() if answer.status_code == 200 else {"state": ""}

        return await eventually(read, seconds=KNOWN_SECONDS, until=lambda one: one["state"] == "failed")


@asynccontextmanager
async def open_runs(stack: Stack) -> AsyncIterator[Runs]:
    headers = {"authorization": f"Bearer {stack.admin_key}"}
    async with httpx2.AsyncClient(
        base_url=stack.url, headers=headers, timeout=20, trust_env=False, verify=PLAIN
    ) as api:
        runs = Runs(stack, api)
        runs.incident = (await runs.post("/incidents", {"title": "disk full", "severity": "low"}))["id"]
        yield runs


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the scripts' own user may write in."""
    with tempfile.TemporaryDirectory(prefix="tocsin-chaos-") as made:
        path = Path(made)
        path.chmod(0o777)
        yield path


@pytest.fixture
def sshd() -> Iterator[Sshd]:
    if not Path(peer.PROGRAM).exists():
        install_packages([peer.PACKAGE], why="There is no sshd here", daemon="ssh")
    with Sshd() as server:
        yield server


async def test_a_killed_automation_leaves_its_scripts_failed_and_none_of_them_runs_twice(
    tmp_path: Path, folder: Path, sshd: Sshd
) -> None:
    env = {"TOCSIN_OUTBOUND_ALLOW": "127.0.0.0/8", "TOCSIN_SCRIPT_PATHS": str(folder)}
    with Stack(tmp_path / "run", env=env) as stack:
        async with open_runs(stack) as runs:
            machine = {
                "id": "here",
                "name": "here",
                "host": "127.0.0.1",
                "port": sshd.port,
                "user": sshd.user,
                "host_key": sshd.host_key,
                "private_key": sshd.private_key,
                "team": "data",
            }
            await runs.post("/teams", {"id": "data", "name": "data", "members": []})
            await runs.post("/runbook-targets", machine)
            places: dict[str, dict[str, Any]] = {
                "sandbox": {"on": "sandbox", "writable_paths": [str(folder)]},
                "ssh": {"on": "here"},
            }
            files = {name: folder / name for name in places}
            begun = {
                name: await runs.begin(files[name], "data" if name == "ssh" else None, **place)
                for name, place in places.items()
            }
            stack.kill("automation")
            for name, id_ in begun.items():
                found = await runs.ended(id_)
                first, second = found["steps"]
                assert (found["reason"], first["reason"]) == ("outcome_unknown", "outcome_unknown"), (name, found)
                assert (first["attempt"], second["state"]) == (1, "skipped"), name
                assert "begun" in first["output"] or first["output"] == "", name
            await asyncio.sleep(AFTER_SECONDS)
            for name, file in files.items():
                assert lines_of(file) == ["line"], f"the script {name} ran twice, or outlived automation"
            again = await runs.api.post(f"/executions/{begun['sandbox']}/retry")
            assert again.status_code == 202, again.text
            await eventually(lambda: lines_of(files["sandbox"]) == ["line", "line"], seconds=30)
            assert (await runs.post(f"/executions/{begun['sandbox']}/cancel", {}))["id"] == begun["sandbox"]
