"""Automation dies, is another user, or may make no sandbox: what becomes of its scripts."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.testing.harness import eventually
from tests.integration.automation.script_runs import pids_of, status_of

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[4]
RUNNER = """
import asyncio, sys
from services.automation.sandbox.sandbox import Sandbox
from services.automation.scripts.job import ScriptJob

class Shown:
    async def write(self, chunk):
        sys.stdout.write(chunk.decode()); sys.stdout.flush()

async def main():
    sandbox = Sandbox()
    await sandbox.look()
    print(sandbox.words, flush=True)
    print(await sandbox.run(ScriptJob("a", sys.argv[1]), Shown()), flush=True)

asyncio.run(main())
"""


async def start(
    script: str, python: str = sys.executable, user: int | None = None, before: Sequence[str] = ()
) -> asyncio.subprocess.Process:
    """A process that runs a script in a sandbox, as automation does, `before` which a command may stand."""
    path = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    become = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    return await asyncio.create_subprocess_exec(
        *before,
        *become,
        python,
        "-c",
        RUNNER,
        script,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
        cwd="/",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


def orphans() -> set[int]:
    """The processes of sandboxes whose parent is no more."""
    return {pid for pid in pids_of("bwrap\0--args") if "\nPPid:\t1\n" in status_of(pid)}


async def test_scripts_die_with_automation() -> None:
    mark = f"94{secrets.randbelow(10**6)}"
    automation = await start(f"setsid sleep {mark} & sleep {mark}")
    await eventually(lambda: pids_of(f"sleep\0{mark}"), until=lambda found: len(found) == 2)
    automation.send_signal(signal.SIGKILL)
    await automation.wait()
    await eventually(lambda: pids_of(f"sleep\0{mark}"), until=lambda found: found == [], seconds=2)


@pytest.mark.timeout(180)
async def test_no_script_is_left_whenever_automation_dies() -> None:
    """Killed at moments all over the start of a sandbox: either nothing was started, or it has ended too."""
    marks, before = [], orphans()
    for step in range(8):
        mark = f"93{secrets.randbelow(10**6)}"
        marks.append(mark)
        automation = await start(f"sleep {mark}")
        assert automation.stdout is not None
        await automation.stdout.readline()  # the sandbox was tried, and its script starts now
        await asyncio.sleep(step * 0.005)
        automation.send_signal(signal.SIGKILL)
        await automation.wait()
    await eventually(lambda: orphans() - before, until=lambda left: left == set(), seconds=5)
    assert [mark for mark in marks if pids_of(f"sleep\0{mark}")] == []


async def test_a_sandbox_is_made_by_a_user_that_is_nobody() -> None:
    """As in a container: neither root nor anybody whose groups may be limited."""
    python = shutil.which("python3", path="/usr/bin")
    if os.geteuid() != 0 or python is None:
        return
    running = await start("id -u; echo $((6*7))", python, 54321)
    said, _ = await running.communicate()
    lines = [line for line in said.decode().splitlines() if "module=" not in line]
    assert "prlimit" in lines[0], lines
    assert lines[1:3] == ["65530", "42"]
    assert "exit_code=0" in lines[3]


async def test_where_nobody_may_make_namespaces_a_script_is_refused_with_the_reason() -> None:
    """As in a container of an engine that forbids them."""
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    running = await start("echo ran", before=("unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh"))
    said, _ = await running.communicate()
    text = said.decode()
    assert "can't run beside automation" in text
    assert "The sandbox can't be made: " in text
    assert "NOT_STARTED" in text
    assert "\nran" not in text
