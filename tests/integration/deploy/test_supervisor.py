"""What `make run` promises of its processes, on seven stand-in services that only answer `/readyz`."""

import json
import os
import socket
import stat
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.ports import answers, is_free
from deploy.local.processes import end, wait_until
from deploy.local.settings import GATEWAY, SERVICES
from deploy.local.stack import Stack
from deploy.local.terminal import CannotStart

pytestmark = pytest.mark.integration

THEIRS = {"TOCSIN_AMQP_URL": "amqp://nobody/", "TOCSIN_MONGO_URL": "mongodb://nobody/"}

STAND_IN = """
import http.server, json, os, socket, subprocess, sys
from pathlib import Path

instance, run_dir = os.environ["TOCSIN_INSTANCE"], Path(os.environ["TOCSIN_RUN_DIR"])
if instance in os.environ.get("TOCSIN_BROKEN", "").split(","):
    sys.exit("I cannot find my socks")
if instance == "gateway":
    (run_dir / "admin.key").write_text("the key")
if instance == "automation":
    subprocess.Popen(["sleep", "600"], start_new_session=True)
if instance == os.environ.get("TOCSIN_STANDS_STILL") and not (run_dir / "stood").exists():
    import asyncio
    from shared.process.watchdog import Watchdog

    async def stand_still():
        Watchdog(0.5).watch(asyncio.get_running_loop())
        (run_dir / "stood").touch()
        pow(7, 9**10)

    asyncio.run(stand_still())

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())

class Server(http.server.ThreadingHTTPServer):
    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()

Server(("127.0.0.1", int(os.environ["TOCSIN_SERVICE_PORT"])), Answer).serve_forever()
"""

Make = Callable[..., Stack]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose services are stand-ins."""
    folder = tmp_path_factory.mktemp("project")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "services").mkdir()
    (folder / "services" / "__init__.py").touch()
    for service in (GATEWAY, *SERVICES):
        (folder / "services" / service).mkdir()
        (folder / "services" / service / "app.py").write_text(STAND_IN)
    return folder


@pytest.fixture
def make(root: Path, tmp_path: Path) -> Iterator[Make]:
    """Stacks that use somebody else's broker and database, stopped after the test."""
    stacks: list[Stack] = []

    def make_one(name: str = "run", **options: object) -> Stack:
        env = {**THEIRS, **options.pop("env", {})}  # type: ignore[dict-item]
        stack = Stack(tmp_path / name, env=env, root=root, **options)  # type: ignore[arg-type]
        stacks.append(stack)
        return stack

    yield make_one
    for stack in stacks:
        stack.stop()


def environ_of(stack: Stack, name: str) -> dict[str, str]:
    ports = json.loads((stack.run_dir / "ports.json").read_text())
    port = ports.get(name, stack.settings.http_port)
    assert wait_until(lambda: answers(port), 10)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        environ: dict[str, str] = json.load(answer)
        return environ


def names(stack: Stack) -> list[str]:
    return sorted(set(stack.running().values()))


def started_again_within_a_second(stack: Stack, name: str, old: int) -> bool:
    return wait_until(lambda: stack.pid(name) != old and stack.pid(name) in pids(stack), 1, every=0.01)


def pids(stack: Stack) -> set[int]:
    return {process.pid for process in stack.running()}


def all_there(stack: Stack) -> Stack:
    """Started, and every process named: a stand-in of the gateway is ready before the others are begun."""
    stack.start()
    assert wait_until(lambda: all((stack.run_dir / f"{name}.pid").exists() for name in (GATEWAY, *SERVICES)), 10)
    return stack


def test_every_process_is_named_by_its_pid_file(make: Make) -> None:
    stack = make(replicas={"oncall": 2, "gateway": 2}).start()

    expected = sorted(["supervisor", "gateway", "gateway.2", "oncall.2", *SERVICES])
    assert wait_until(lambda: names(stack) == expected, 20), names(stack)
    assert wait_until(lambda: sorted(path.stem for path in stack.run_dir.glob("*.pid")) == expected, 5)
    for name in expected:
        assert (stack.run_dir / f"{name}.log").exists()
        command = Path(f"/proc/{stack.pid(name)}/cmdline").read_text()
        assert ("supervisor" if name == "supervisor" else f"services.{name.split('.')[0]}.app") in command


@pytest.mark.alone
@pytest.mark.parametrize("name", ["gateway", "ingest", "oncall.2"])
def test_a_killed_process_is_started_again_within_a_second(make: Make, name: str) -> None:
    stack = make(replicas={"oncall": 2}).start()

    for _ in range(4):
        old = stack.pid(name)
        stack.kill(name)
        assert started_again_within_a_second(stack, name, old)


def test_a_process_whose_event_loop_stands_still_is_started_again(make: Make) -> None:
    stack = make(env={"TOCSIN_STANDS_STILL": "comms"})
    stack.start()

    assert wait_until((stack.run_dir / "stood").exists, 10)
    assert environ_of(stack, "comms")["TOCSIN_INSTANCE"] == "comms"
    assert "comms ended (1)" in (stack.run_dir / "supervisor.log").read_text()


@pytest.mark.alone
def test_when_the_supervisor_dies_the_rest_runs_on_and_the_next_one_adopts_it(make: Make) -> None:
    stack = all_there(make())
    before = {name: stack.pid(name) for name in names(stack)}

    stack.kill("supervisor")
    stack.kill("comms")
    assert environ_of(stack, "oncall")
    stack.start()

    assert wait_until(lambda: stack.pid("comms") != before["comms"], 2)
    after = {name: stack.pid(name) for name in names(stack)}
    assert {name for name in before if before[name] != after[name]} == {"supervisor", "comms"}
    stack.kill("oncall")
    assert started_again_within_a_second(stack, "oncall", before["oncall"])


def test_a_stranger_under_a_dead_process_number_is_neither_adopted_nor_harmed(make: Make) -> None:
    stack = all_there(make())
    stack.kill("supervisor")
    stack.kill("comms")
    (stack.run_dir / "comms.pid").write_text(f"{os.getpid()}\n")

    stack.start()

    assert wait_until(lambda: stack.pid("comms") != os.getpid(), 2)


def test_a_process_whose_pid_file_was_lost_is_adopted(make: Make) -> None:
    stack = all_there(make())
    old = stack.pid("comms")
    stack.kill("supervisor")
    (stack.run_dir / "comms.pid").unlink()

    stack.start()

    assert wait_until((stack.run_dir / "comms.pid").exists, 20)
    assert stack.pid("comms") == old


def test_starting_what_runs_changes_nothing(make: Make) -> None:
    stack = make().start()
    before = {name: stack.pid(name) for name in names(stack)}

    stack.start()

    assert {name: stack.pid(name) for name in names(stack)} == before


def test_a_replica_that_is_no_longer_asked_for_goes_with_the_next_start(make: Make) -> None:
    stack = make(replicas={"oncall": 2}).start()
    stack.kill("supervisor")

    fewer = make(http_port=stack.settings.http_port).start()

    assert wait_until(lambda: "oncall.2" not in names(fewer), 20)
    assert not (fewer.run_dir / "oncall.2.pid").exists()


def test_stop_leaves_no_process_and_no_port(make: Make) -> None:
    stack = make(replicas={"oncall": 2}).start()
    ports = json.loads((stack.run_dir / "ports.json").read_text())
    # automation is there twice: itself, and a script that it has started
    assert wait_until(lambda: list(stack.running().values()).count("automation") == 2, 5)

    stack.stop()

    assert not stack.running()
    assert not list(stack.run_dir.glob("*.pid"))
    assert all(is_free(port) for port in (*ports.values(), stack.settings.http_port))


def test_stop_ends_what_a_dead_supervisor_left(make: Make) -> None:
    stack = all_there(make())
    stack.kill("supervisor")
    for path in stack.run_dir.glob("*.pid"):
        path.unlink()

    stack.stop()

    assert not stack.running()


def test_a_stack_that_was_stopped_starts_again_on_the_same_ports(make: Make) -> None:
    stack = make().start()
    ports = (stack.run_dir / "ports.json").read_text()
    stack.stop()

    stack.start()

    assert (stack.run_dir / "ports.json").read_text() == ports


def test_stacks_run_side_by_side(make: Make) -> None:
    one, other = make("one").start(), make("other").start()

    assert not {process.pid for process in one.running()} & {process.pid for process in other.running()}
    one.stop()
    assert names(other) == sorted(["supervisor", GATEWAY, *SERVICES])
    assert environ_of(other, "oncall")["TOCSIN_RUN_DIR"] == str(other.run_dir)


def test_the_ports_of_a_running_stack_are_given_to_no_other(make: Make) -> None:
    stack = make().start()

    for port in json.loads((stack.run_dir / "ports.json").read_text()).values():
        with socket.socket(socket.AF_UNIX) as claim, pytest.raises(OSError, match="in use"):
            claim.bind(f"\0tocsin-port-{port}")


def test_a_service_gets_the_callers_settings_and_its_own(make: Make) -> None:
    stack = make(env={"TOCSIN_SMTP_URL": "smtp://mail/"}).start()

    environ = environ_of(stack, "comms")
    assert environ["TOCSIN_SMTP_URL"] == "smtp://mail/"
    assert environ["TOCSIN_AMQP_URL"] == THEIRS["TOCSIN_AMQP_URL"]
    assert environ["TOCSIN_INSTANCE"] == "comms"
    assert "TOCSIN_UPSTREAMS" in environ_of(stack, "gateway")


def test_the_run_directory_and_its_secrets_are_the_owners_alone(make: Make) -> None:
    stack = make().start()

    assert stat.S_IMODE(stack.run_dir.stat().st_mode) == 0o700
    for name in ("secret.key", "stack.json", "ports.json"):
        assert stat.S_IMODE((stack.run_dir / name).stat().st_mode) == 0o600


def test_a_part_that_does_not_get_ready_is_named_with_the_end_of_its_log(make: Make) -> None:
    stack = make(env={"TOCSIN_BROKEN": "gateway,oncall"})

    with pytest.raises(CannotStart) as complaint:
        stack.start(seconds=3)

    assert "gateway is not ready" in str(complaint.value)
    assert "oncall is not ready" in str(complaint.value)
    assert "I cannot find my socks" in str(complaint.value)
    assert "comms is not ready" not in str(complaint.value)


def test_a_program_that_cannot_live_is_tried_again_without_a_storm(make: Make) -> None:
    stack = make(env={"TOCSIN_BROKEN": "oncall"}).start()

    time.sleep(3)

    starts = (stack.run_dir / "supervisor.log").read_text().count("oncall started")
    assert 3 <= starts <= 10


def test_a_taken_port_is_said_before_anything_starts(make: Make) -> None:
    one = make("one").start()
    other = make("other", http_port=one.settings.http_port)

    with pytest.raises(CannotStart, match=f"Port {one.settings.http_port} is taken"):
        other.start()
    assert not other.running()


def test_a_supervisor_that_is_asked_to_end_takes_nobody_with_it(make: Make) -> None:
    stack = make().start()
    supervisor = [process for process, name in stack.running().items() if name == "supervisor"]

    end(supervisor, seconds=1)

    assert sorted(set(stack.running().values())) == sorted([GATEWAY, *SERVICES])
