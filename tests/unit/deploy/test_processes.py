import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.processes import LOG_CAP_BYTES, Program, Running, all_marked, end, find, keep_log_small, start

STUBBORN = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)
WITH_CHILD = "import subprocess, time; subprocess.Popen(['sleep', '61'], start_new_session=True); time.sleep(60)"
POLITE = "import time; time.sleep(60)"


def program(code: str = POLITE, name: str = "oncall") -> Program:
    return Program(name, (sys.executable, "-c", code), os.environ, Path("/"), ("time.sleep(60)",))


@pytest.fixture
def run_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    end(list(all_marked(tmp_path)), seconds=0)


def test_the_pid_file_names_the_process_and_the_log_lies_beside_it(run_dir: Path) -> None:
    running, child = start(program("print('hello', flush=True); " + POLITE), run_dir)

    assert running.alive()
    assert (run_dir / "oncall.pid").read_text() == f"{child.pid}\n"
    assert os.getsid(child.pid) == child.pid
    end([running], seconds=5)
    assert child.wait() == -signal.SIGTERM
    assert (run_dir / "oncall.log").read_text() in ("hello\n", "")


def test_who_does_not_listen_to_sigterm_is_killed_after_its_time(run_dir: Path) -> None:
    running, child = start(program(STUBBORN), run_dir)
    while "up" not in (run_dir / "oncall.log").read_text():
        pass

    end([running], seconds=0.2)

    assert child.wait() == -signal.SIGKILL
    assert not running.alive()


def test_a_dead_process_that_nobody_has_waited_for_is_dead(run_dir: Path) -> None:
    running, child = start(program(), run_dir)
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert not running.alive()
    assert find(run_dir, "oncall", ("time.sleep",)) is None


def test_a_number_that_was_given_to_another_process_is_not_ours() -> None:
    assert not Running(os.getpid(), started=1).alive()


def test_a_process_is_found_by_its_pid_file_and_without_it(run_dir: Path) -> None:
    running, _ = start(program(), run_dir)

    assert find(run_dir, "oncall", ("time.sleep",)) == running
    (run_dir / "oncall.pid").unlink()
    assert find(run_dir, "oncall", ("time.sleep",)) == running
    (run_dir / "oncall.pid").write_text("not a number")
    assert find(run_dir, "oncall", ("time.sleep",)) == running


def test_a_stranger_under_the_number_in_the_pid_file_is_not_found(run_dir: Path) -> None:
    (run_dir / "oncall.pid").write_text(f"{os.getpid()}\n")

    assert find(run_dir, "oncall", ("pytest", "python")) is None


def test_another_stacks_process_of_the_same_name_is_not_found(
    run_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    start(program(), run_dir)

    assert find(tmp_path_factory.mktemp("other"), "oncall", ("time.sleep",)) is None


def test_what_a_process_has_started_is_ours_too_but_is_not_the_process(run_dir: Path) -> None:
    running, _ = start(program(WITH_CHILD), run_dir)
    while len(all_marked(run_dir)) < 2:
        pass

    assert set(all_marked(run_dir).values()) == {"oncall"}
    end([running], seconds=5)
    assert find(run_dir, "oncall", ("time.sleep(60)",)) is None
    assert len(all_marked(run_dir)) == 1


def test_a_log_past_its_cap_moves_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "oncall.log"
    with log.open("ab") as writer:
        writer.write(b"x" * (LOG_CAP_BYTES + 1))
        writer.flush()
        keep_log_small(log)
        writer.write(b"after")

    assert log.read_bytes() == b"after"
    assert (tmp_path / "oncall.log.1").stat().st_size == LOG_CAP_BYTES + 1


def test_a_log_below_its_cap_stays(tmp_path: Path) -> None:
    (tmp_path / "oncall.log").write_text("short")

    keep_log_small(tmp_path / "oncall.log")

    assert (tmp_path / "oncall.log").read_text() == "short"
