"""What a script may take, and how it ends when it wants more."""

from __future__ import annotations

import asyncio
import secrets
import time

import pytest

from services.automation.sandbox.sandbox import Sandbox, Way
from services.automation.scripts.job import Interpreter, ScriptJob, ScriptLimits, ScriptOutcome
from shared.testing.harness import eventually
from tests.integration.automation.script_runs import Said, make_job, make_python, pids_of, run

pytestmark = pytest.mark.integration

MEGABYTE = 2**20


class WithoutGroups(Sandbox):
    """A sandbox of a machine where no control groups can be made."""

    async def look(self) -> None:
        await super().look()
        assert isinstance(self._way, Way)
        self._way = Way(self._way.host, None, self._way.seccomp)


@pytest.fixture(params=["as this machine can", "without control groups"])
async def either(request: pytest.FixtureRequest) -> Sandbox:
    one = Sandbox() if request.param == "as this machine can" else WithoutGroups()
    await one.look()
    return one


async def test_a_script_ends_with_its_exit_code_and_all_that_it_said_in_order(either: Sandbox) -> None:
    end, text = await run(either, make_job("echo one; echo two >&2; echo three; exit 42"))
    assert (end.outcome, end.exit_code, text) == (ScriptOutcome.EXITED, 42, "one\ntwo\nthree\n")
    assert end.detail == either.words


@pytest.mark.parametrize("interpreter", list(Interpreter))
async def test_each_interpreter_reads_its_script(sandbox: Sandbox, interpreter: Interpreter) -> None:
    script = "import os\nprint(os.environ['A'])" if interpreter is Interpreter.PYTHON else 'echo "$A"'
    end, text = await run(sandbox, make_job(script, interpreter=interpreter, environment={"A": "b"}))
    assert (end.exit_code, text) == (0, "b\n")


async def test_a_script_that_a_signal_ends_has_the_code_that_a_shell_says(sandbox: Sandbox) -> None:
    end, _ = await run(sandbox, make_job("kill -9 $$"))
    assert (end.outcome, end.exit_code) == (ScriptOutcome.EXITED, 137)


async def test_a_script_has_its_time_and_no_more(either: Sandbox) -> None:
    mark = f"96{secrets.randbelow(10**6)}"
    began = time.monotonic()
    end, text = await run(either, make_job(f"echo begun; sleep {mark}", limits=ScriptLimits(seconds=0.5)))
    assert (end.outcome, end.exit_code, text) == (ScriptOutcome.TIMED_OUT, None, "begun\n")
    assert time.monotonic() - began < 10
    assert pids_of(f"sleep\0{mark}") == []


@pytest.mark.parametrize("deaf", ["", "trap '' TERM INT HUP;"])
async def test_a_script_that_is_cancelled_has_ended_within_two_seconds(either: Sandbox, deaf: str) -> None:
    mark, said = f"95{secrets.randbelow(10**6)}", Said()
    running = asyncio.create_task(either.run(make_job(f"{deaf} setsid sleep {mark} & echo up; sleep {mark}"), said))
    await eventually(lambda: said.text, until=lambda text: text == "up\n")
    await eventually(lambda: pids_of(f"sleep\0{mark}"), until=lambda found: len(found) == 2)
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - began < 2
    assert pids_of(f"sleep\0{mark}") == []


async def test_memory_is_limited(either: Sandbox) -> None:
    job = make_python(
        "x = bytearray(200 * 2**20)\nprint('had it')", limits=ScriptLimits(10, memory_bytes=64 * MEGABYTE)
    )
    end, text = await run(either, job)
    assert "had it" not in text
    assert end.exit_code != 0
    if "control group" in either.words:
        assert end.outcome is ScriptOutcome.OUT_OF_MEMORY
        assert "64 MB" in end.detail


async def test_memory_of_all_processes_together_is_limited_where_there_are_control_groups(sandbox: Sandbox) -> None:
    assert "control group" in sandbox.words or "prlimit" in sandbox.words
    if "prlimit" in sandbox.words:
        return
    script = (
        "for i in 1 2 3 4; do python3 -c 'x = bytearray(40 * 2**20); import time; time.sleep(1); print(1)' & done; wait"
    )
    _, text = await run(sandbox, make_job(script, limits=ScriptLimits(10, memory_bytes=100 * MEGABYTE)))
    assert text.count("1\n") < 4


async def test_a_fork_bomb_goes_off_in_its_own_box(either: Sandbox) -> None:
    end, text = await run(either, make_job("b() { b | b & }; b; sleep 0.5; echo on", limits=ScriptLimits(seconds=5)))
    assert end.outcome in (ScriptOutcome.EXITED, ScriptOutcome.TIMED_OUT)
    assert "fork" in text or "on\n" in text
    assert (await run(either, make_job("echo next")))[1] == "next\n"


async def test_processes_are_counted(either: Sandbox) -> None:
    script = "i=0; while [ $i -lt 40 ]; do sleep 5 & i=$((i+1)); done; echo all"
    end, text = await run(either, make_job(script, limits=ScriptLimits(5, processes=16)))
    assert "all" not in text
    assert end.exit_code != 0


async def test_a_file_and_what_is_in_tmp_are_limited(either: Sandbox) -> None:
    fill = "for i in 1 2 3; do head -c 900000 /dev/zero > /tmp/$i; done; du -sk /tmp"
    script = f"head -c 3000000 /dev/zero > /tmp/a && echo whole; {fill}"
    _, text = await run(either, make_job(script, limits=ScriptLimits(10, file_bytes=MEGABYTE)))
    assert "whole" not in text
    assert int(text.split()[-2]) <= 1024


@pytest.mark.parametrize("flood", ["yes", "cat /dev/urandom", "cat /dev/zero >&2"])
async def test_output_is_cut_and_the_script_waits_for_its_end(sandbox: Sandbox, flood: str) -> None:
    limits = ScriptLimits(seconds=1, output_bytes=10_000)
    said = Said()
    end = await sandbox.run(make_job(flood, limits=limits), said)
    assert (end.outcome, end.output_cut, len(said.bytes)) == (ScriptOutcome.TIMED_OUT, True, 10_000)


async def test_ten_megabytes_are_read_and_one_is_kept(sandbox: Sandbox) -> None:
    said = Said()
    end = await sandbox.run(make_job("head -c 10000000 /dev/urandom; exit 3"), said)
    assert (end.outcome, end.exit_code, end.output_cut, len(said.bytes)) == (ScriptOutcome.EXITED, 3, True, MEGABYTE)


async def test_output_that_nobody_can_keep_ends_no_script(sandbox: Sandbox) -> None:
    class Full:
        async def write(self, chunk: bytes) -> None:
            raise OSError("disk full")

    end = await sandbox.run(make_job("echo x; exit 4"), Full())
    assert (end.outcome, end.exit_code, end.output_cut) == (ScriptOutcome.EXITED, 4, True)
    assert "could not be kept" in end.detail


async def test_a_script_of_a_megabyte_runs(sandbox: Sandbox) -> None:
    script = "# " + "x" * (MEGABYTE - 20) + "\necho ran"
    assert (await run(sandbox, make_job(script)))[1] == "ran\n"


@pytest.mark.parametrize(
    "job",
    [
        pytest.param(ScriptJob("a", "echo \0"), id="a NUL in the script"),
        pytest.param(ScriptJob("a", "true", environment={"A": "\0"}), id="a NUL in a parameter"),
        pytest.param(ScriptJob("a", "true", environment={"LD_PRELOAD": "/x"}), id="a name"),
    ],
)
async def test_what_can_not_be_handed_over_is_not_started(sandbox: Sandbox, job: ScriptJob) -> None:
    assert (await run(sandbox, job))[0].outcome is ScriptOutcome.NOT_STARTED


async def test_more_scripts_than_may_run_at_once_wait_for_their_turn() -> None:
    sandbox = Sandbox(at_once=2)
    await sandbox.look()
    ends = await asyncio.gather(*(run(sandbox, make_job("sleep 0.1; echo x")) for _ in range(5)))
    assert [text for _, text in ends] == ["x\n"] * 5
