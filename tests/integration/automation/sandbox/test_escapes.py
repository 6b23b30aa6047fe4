"""What a script tries in order to get out of its sandbox, and what of it works: nothing."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import threading
from pathlib import Path

import pytest

from services.automation.sandbox.bubblewrap import SCRIPT_USER
from services.automation.sandbox.sandbox import Sandbox
from services.automation.scripts.job import ScriptOutcome
from shared.testing.harness import eventually
from tests.integration.automation.script_runs import Said, make_job, make_python, pids_of, run, status_of

pytestmark = pytest.mark.integration


@pytest.fixture
def listening() -> int:
    """The port of something on this machine's loopback that answers."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connection.sendall(b"reached")
            connection.close()

    threading.Thread(target=answer, daemon=True).start()
    return int(server.getsockname()[1])


CONNECT = """
import socket, sys
try:
    print(socket.create_connection(("127.0.0.1", {port}), timeout=2).recv(100).decode())
except OSError as error:
    print("no way:", error.strerror)
"""


async def test_there_is_no_network(sandbox: Sandbox, listening: int) -> None:
    _, text = await run(sandbox, make_python(CONNECT.format(port=listening)))
    assert text.startswith("no way")


async def test_there_is_a_network_for_a_step_that_asks_for_it(sandbox: Sandbox, listening: int) -> None:
    _, text = await run(sandbox, make_python(CONNECT.format(port=listening), network=True))
    assert text == "reached\n"


@pytest.mark.parametrize("family", ["AF_VSOCK", "AF_PACKET", "AF_ALG", "AF_BLUETOOTH"])
@pytest.mark.parametrize("network", [False, True])
async def test_there_are_no_sockets_that_namespaces_do_not_part(sandbox: Sandbox, family: str, network: bool) -> None:
    script = (
        f"import socket\ntry:\n  socket.socket(socket.{family}, socket.SOCK_RAW)\nexcept OSError as e: print(e.errno)"
    )
    _, text = await run(sandbox, make_python(script, network=network))
    assert text == "97\n"


@pytest.mark.parametrize("number", [101, 250, 321, 425], ids=["ptrace", "keyctl", "bpf", "io_uring_setup"])
async def test_calls_that_reach_out_of_namespaces_are_refused(sandbox: Sandbox, number: int) -> None:
    if os.uname().machine != "x86_64":
        number = {101: 117, 250: 219, 321: 280, 425: 425}[number]
    script = (
        f"import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nprint(c.syscall({number}, 0, 0, 0), ctypes.get_errno())"
    )
    _, text = await run(sandbox, make_python(script))
    assert text == "-1 1\n"


async def test_nothing_of_this_machine_is_there_but_programs(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    places = (
        f"{tmp_path}/secret /root /home /var /run /opt /srv /sys /etc/shadow /etc/ssh /etc/hostname /proc/1/root/root"
    )
    _, text = await run(
        sandbox, make_job(f"for p in {places}; do [ -e $p ] && echo found $p; done; ls / | tr '\\n' ' '")
    )
    assert "found" not in text
    assert (
        {"usr", "proc", "dev", "tmp", "etc", "script"}
        <= set(text.split())
        <= {*("usr", "proc", "dev", "tmp", "etc", "script", "bin", "sbin", "lib", "lib32", "lib64", "libx32")}
    )


@pytest.mark.parametrize("path", ["/x", "/usr/x", "/etc/x", "/dev/x", "/script", "/proc/sys/kernel/hostname"])
async def test_nothing_can_be_written_but_what_is_the_scripts(sandbox: Sandbox, path: str) -> None:
    _, text = await run(sandbox, make_job(f"echo x > {path} || echo refused; echo x > /tmp/x && cat /tmp/x"))
    assert text.endswith("refused\nx\n")


async def test_what_a_script_leaves_in_tmp_the_next_one_does_not_find(sandbox: Sandbox) -> None:
    await run(sandbox, make_job("echo x > /tmp/left; echo x > /dev/shm/left"))
    _, text = await run(sandbox, make_job("ls -A /tmp /dev/shm"))
    assert "left" not in text


async def test_a_script_sees_no_process_but_its_own(sandbox: Sandbox) -> None:
    _, text = await run(
        sandbox, make_job(f"ls /proc | grep -c '^[0-9]'; [ -e /proc/{os.getpid()}/cmdline ] && echo seen")
    )
    assert int(text.split()[0]) < 10
    assert "seen" not in text


async def test_a_script_reads_no_other_ones_environment_and_has_an_empty_one(sandbox: Sandbox) -> None:
    os.environ["TOCSIN_LEAK"] = "leaked"
    try:
        _, text = await run(
            sandbox, make_job("cat /proc/*/environ | tr '\\0' '\\n'; env", environment={"MINE": "here"})
        )
    finally:
        del os.environ["TOCSIN_LEAK"]
    assert "leaked" not in text
    assert "MINE=here" in text
    assert {line.partition("=")[0] for line in text.splitlines()} <= {
        "MINE",
        "PATH",
        "HOME",
        "LANG",
        "PWD",
        "_",
        "OLDPWD",
    }


async def test_a_script_inherits_no_open_file(sandbox: Sandbox) -> None:
    _, text = await run(sandbox, make_python("import os\nprint(sorted(int(n) for n in os.listdir('/proc/self/fd')))"))
    assert text in ("[0, 1, 2, 3]\n", "[0, 1, 2, 3, 4]\n")  # the script itself, and the folder that is listed


async def test_a_signal_reaches_nobody_outside(sandbox: Sandbox) -> None:
    victim = await asyncio.create_subprocess_exec("sleep", "100")
    try:
        await run(sandbox, make_job(f"kill -9 {victim.pid}; kill -9 -1; echo on"))
        assert victim.returncode is None
        victim.send_signal(0)
    finally:
        victim.kill()
        await victim.wait()


async def test_a_script_is_nobody_who_is_anybody_outside(sandbox: Sandbox) -> None:
    mark = f"98{secrets.randbelow(10**6)}"
    running = asyncio.create_task(run(sandbox, make_job(f"sleep {mark}")))
    (pid,) = await eventually(lambda: pids_of(f"sleep\0{mark}"), until=lambda found: len(found) == 1)
    status = status_of(pid)
    running.cancel()
    uids = next(line.split()[1:] for line in status.splitlines() if line.startswith("Uid:"))
    wanted = SCRIPT_USER if os.geteuid() == 0 else os.geteuid()
    assert uids == [str(wanted)] * 4
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


async def test_a_program_that_is_another_users_stays_the_scripts(sandbox: Sandbox) -> None:
    script = "su root -c id 2>&1; sudo -n id 2>&1; id -u"
    _, text = await run(sandbox, make_job(script))
    assert "uid=0" not in text
    assert text.splitlines()[-1] == str(SCRIPT_USER)


async def test_no_namespaces_and_mounts_are_made_inside(sandbox: Sandbox) -> None:
    _, text = await run(
        sandbox, make_job("unshare -U true && echo made; mount -t tmpfs x /tmp && echo mounted; echo end")
    )
    assert "made" not in text
    assert "mounted" not in text
    assert text.endswith("end\n")


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param("sleep {} &", id="in the background"),
        pytest.param("setsid sleep {} &", id="in a session of its own"),
        pytest.param("(setsid sh -c '(sleep {} &) &' &)", id="a grandchild"),
        pytest.param("trap '' TERM HUP INT; (trap '' TERM HUP INT; exec sleep {}) &", id="deaf"),
    ],
)
async def test_no_child_outlives_the_script(sandbox: Sandbox, leave: str) -> None:
    mark = f"97{secrets.randbelow(10**6)}"
    end, text = await run(sandbox, make_job(f"{leave.format(mark)}\nsleep 0.1; echo done"))
    assert (end.outcome, end.exit_code, text) == (ScriptOutcome.EXITED, 0, "done\n")
    assert pids_of(f"sleep\0{mark}") == []


async def test_a_parameter_is_never_read_as_a_command(sandbox: Sandbox) -> None:
    value = "$(touch /tmp/x); `touch /tmp/x`\n'\" touch /tmp/x #"
    _, text = await run(sandbox, make_job('printf %s "$VALUE"; ls -A /tmp', environment={"VALUE": value}))
    assert text == value


async def test_neither_script_nor_parameters_stand_on_a_command_line(sandbox: Sandbox) -> None:
    secret = secrets.token_hex(8)
    said = Said()
    running = asyncio.create_task(
        sandbox.run(make_job(f"echo up; : {secret}; sleep 9", environment={"KEY": secret}), said)
    )
    await eventually(lambda: said.text, until=lambda text: "up" in text)
    found = pids_of(secret)
    running.cancel()
    await asyncio.wait({running})
    assert found == []
