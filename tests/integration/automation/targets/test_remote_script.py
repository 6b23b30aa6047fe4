"""Scripts on a real SSH server: what arrives, how they end, and what is known when something goes wrong."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.automation.scripts.job import Interpreter, ScriptJob, ScriptLimits, ScriptOutcome
from services.automation.targets.remote_script import RemotePlace
from services.automation.targets.ssh_client import NoConnection, SshClient, Unconnected
from services.automation.targets.target import Target
from shared.testing.harness import eventually
from shared.testing.peers.sshd import Sshd
from shared.testing.tcp_proxy import TcpProxy
from tests.integration.automation.script_runs import Said, make_job, make_python, pids_of, run
from tests.integration.automation.targets.conftest import LOOPBACK
from tests.integration.automation.targets.targets import target_of

pytestmark = pytest.mark.integration

HARD = "$(touch /tmp/pwned); `id`\n'\"\\ %s 日本\t*"


async def test_a_script_runs_with_its_parameters_and_ends_with_its_code(place: RemotePlace) -> None:
    job = make_job('printf "%s" "$A"; echo two >&2; exit 3', environment={"A": HARD, "_b": "", "C1": "x\n\n"})
    end, text = await run(place, job)
    assert (end.outcome, end.exit_code, text) == (ScriptOutcome.EXITED, 3, f"{HARD}two\n")


@pytest.mark.parametrize("interpreter", list(Interpreter))
async def test_each_interpreter_reads_its_script(place: RemotePlace, interpreter: Interpreter) -> None:
    script = "import os\nprint(os.environ['A'])" if interpreter is Interpreter.PYTHON else 'echo "$A"; cat'
    end, text = await run(place, make_job(script, interpreter=interpreter, environment={"A": "b"}))
    assert (end.exit_code, text) == (0, "b\n")


async def test_neither_script_nor_parameters_stand_on_a_command_line(place: RemotePlace) -> None:
    secret, said = secrets.token_hex(8), Said()
    job = make_job(f": {secret}; echo up; sleep 5", environment={"KEY": secret})
    running = asyncio.create_task(place.run(job, said))
    await eventually(lambda: said.text, until=lambda text: "up" in text)
    found = pids_of(secret)
    running.cancel()
    await asyncio.wait({running})
    assert found == []


async def test_a_script_of_a_megabyte_runs_and_ten_megabytes_of_output_are_cut(place: RemotePlace) -> None:
    script = "# " + "x" * (2**20 - 100) + "\nhead -c 10000000 /dev/urandom; exit 4"
    said = Said()
    end = await place.run(make_job(script, limits=ScriptLimits(seconds=30)), said)
    assert (end.outcome, end.exit_code, end.output_cut, len(said.bytes)) == (ScriptOutcome.EXITED, 4, True, 2**20)


@pytest.mark.parametrize("job", [ScriptJob("a", "echo \0"), ScriptJob("a", "true", environment={"A": "\0"})])
async def test_what_can_not_be_handed_over_is_not_started(place: RemotePlace, job: ScriptJob) -> None:
    assert (await run(place, job))[0].outcome is ScriptOutcome.NOT_STARTED


async def test_an_interpreter_that_is_not_there_is_said_and_nothing_ran(real_sshd: None, client: SshClient) -> None:
    with Sshd(SetEnv="PATH=/nowhere") as server:
        end, _ = await run(RemotePlace(client, target_of(server), server.private_key), make_python("print(1)"))
    assert end.outcome is ScriptOutcome.NOT_STARTED


async def test_a_script_has_its_time_and_what_left_its_group_is_named(place: RemotePlace) -> None:
    mark = f"92{secrets.randbelow(10**6)}"
    script = f"setsid sleep {mark} & echo up; sleep 91{mark}"
    end, text = await run(place, make_job(script, limits=ScriptLimits(seconds=0.7)))
    try:
        assert (end.outcome, text) == (ScriptOutcome.TIMED_OUT, "up\n")
        (left,) = end.left_behind
        assert left.endswith(" sleep")
        assert pids_of(f"sleep\0{mark}") == [int(left.split()[0])]
        assert pids_of(f"sleep\09{1}{mark}") == []
    finally:
        await run(place, make_job(f"pkill -f 'sleep {mark}'"))


async def test_what_goes_on_in_the_background_is_left_alone_and_named(place: RemotePlace) -> None:
    mark = f"90{secrets.randbelow(10**6)}"
    began = time.monotonic()
    end, text = await run(place, make_job(f"sleep {mark} & echo started"))
    try:
        assert (end.outcome, end.exit_code, text) == (ScriptOutcome.EXITED, 0, "started\n")
        assert [one.split()[1] for one in end.left_behind] == ["sleep"]
        assert time.monotonic() - began < 8
    finally:
        await run(place, make_job(f"pkill -f 'sleep {mark}'"))


@pytest.mark.alone
async def test_cancelling_ends_the_group_within_two_seconds_and_tells_what_is_left(place: RemotePlace) -> None:
    mark, said = f"89{secrets.randbelow(10**6)}", Said()
    script = f"trap '' TERM HUP; setsid sleep {mark} & echo up; sleep 88{mark}"
    running = asyncio.create_task(place.run(make_job(script), said))
    await eventually(lambda: said.text, until=lambda text: text == "up\n")
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    try:
        assert time.monotonic() - began < 2
        assert pids_of(f"sleep\088{mark}") == []
        assert "still running on the target: " in said.text
        assert str(pids_of(f"sleep\0{mark}")[0]) in said.text
    finally:
        await run(place, make_job(f"pkill -f 'sleep {mark}'"))


async def test_when_the_link_breaks_the_script_is_ended_and_nobody_knows_how(sshd: Sshd, client: SshClient) -> None:
    mark, said = f"87{secrets.randbelow(10**6)}", Said()
    with TcpProxy(sshd.port) as proxy:
        place = RemotePlace(client, target_of(sshd, port=proxy.port), sshd.private_key)
        running = asyncio.create_task(place.run(make_job(f"echo up; sleep {mark}"), said))
        await eventually(lambda: said.text, until=lambda text: text == "up\n")
    end = await running
    assert end.outcome is ScriptOutcome.OUTCOME_UNKNOWN
    await eventually(lambda: pids_of(f"sleep\0{mark}"), until=lambda found: found == [])


async def test_a_script_that_ends_its_own_group_has_an_unknown_outcome(place: RemotePlace) -> None:
    end, _ = await run(place, make_job("kill -9 0"))
    assert end.outcome is ScriptOutcome.OUTCOME_UNKNOWN


async def test_another_host_key_is_never_believed(sshd: Sshd, client: SshClient, target: Target) -> None:
    sshd.stop()
    sshd.make_host_key()
    sshd.start()
    end, text = await run(RemotePlace(client, target, sshd.private_key), make_job("echo ran"))
    assert (end.outcome, text) == (ScriptOutcome.NOT_STARTED, "")
    assert "host key" in end.detail
    assert "Accepted" not in sshd.log_text()


async def test_another_key_lets_nobody_in(sshd: Sshd, client: SshClient, target: Target) -> None:
    other = Sshd().private_key
    with pytest.raises(NoConnection) as refused:
        await RemotePlace(client, target, other).check()
    assert refused.value.why is Unconnected.NOT_LOGGED_IN


async def resolves_to_loopback(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize("host", ["127.0.0.1", "web-1.example.org", "localhost"])
async def test_an_address_that_is_not_listed_is_never_connected_to(sshd: Sshd, host: str) -> None:
    place = RemotePlace(SshClient(resolve=resolves_to_loopback), target_of(sshd, host=host), sshd.private_key)
    end, _ = await run(place, make_job("echo ran"))
    assert end.outcome is ScriptOutcome.NOT_STARTED
    assert "TOCSIN_OUTBOUND_ALLOW" in end.detail


async def test_a_machine_that_takes_connections_and_says_nothing_is_given_up(sshd: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = target_of(sshd, port=silent.getsockname()[1])
        place = RemotePlace(SshClient(LOOPBACK, login_seconds=0.3), target, sshd.private_key)
        with pytest.raises(NoConnection) as refused:
            await place.check()
    assert refused.value.why is Unconnected.TIMED_OUT


async def test_a_machine_that_is_not_there_is_said(sshd: Sshd, place: RemotePlace) -> None:
    sshd.stop()
    with pytest.raises(NoConnection) as refused:
        await place.check()
    assert refused.value.why is Unconnected.UNREACHABLE


async def test_where_only_one_session_may_be_open_scripts_end_all_the_same(real_sshd: None, client: SshClient) -> None:
    mark = f"86{secrets.randbelow(10**6)}"
    with Sshd(MaxSessions="1") as server:
        place = RemotePlace(client, target_of(server), server.private_key)
        end, _ = await run(place, make_job(f"sleep {mark}", limits=ScriptLimits(seconds=0.5)))
        assert end.outcome in (ScriptOutcome.OUTCOME_UNKNOWN, ScriptOutcome.TIMED_OUT)
        await eventually(lambda: pids_of(f"sleep\0{mark}"), until=lambda found: found == [], seconds=2)


async def test_the_key_may_be_an_agents(sshd: Sshd, client: SshClient, tmp_path: Path) -> None:
    address, key = tmp_path / "agent", tmp_path / "key"
    key.write_text(sshd.private_key)
    key.chmod(0o600)
    agent = await asyncio.create_subprocess_exec(
        "ssh-agent", "-D", "-a", str(address), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        place = RemotePlace(client, target_of(sshd, agent_socket=str(address)), None)
        await eventually(address.exists)
        with pytest.raises(NoConnection) as refused:
            await place.check()
        assert refused.value.why is Unconnected.NO_KEY
        environment = {**os.environ, "SSH_AUTH_SOCK": str(address)}
        adding = await asyncio.create_subprocess_exec("ssh-add", "-q", str(key), env=environment)
        assert await adding.wait() == 0
        end, text = await run(place, make_job("echo there; echo ${SSH_AUTH_SOCK:-none}"))
        assert (end.exit_code, text) == (0, "there\nnone\n")
    finally:
        agent.terminate()
        await agent.wait()
