"""Ends what a run of tests has started once the run's first process is gone, also when that was by `kill -9`.

It is a process of its own, in a session of its own, and reads a pipe that only the run's first process holds: the
pipe's end is the end of that process. Then every process is killed that was started for the run's folders, or whose
environment names the run: workers that hang, brokers, databases, whole stacks, and what those have started. Its folder
goes too, but for the logs of a run that has not said that it passed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.local.processes import all_marked_below, all_with
from deploy.local.settings import ROOT

RUN_VARIABLE = "TOCSIN_TEST_RUN"
"""The environment's variable that names the folder of the run; the run's first process sets it."""
PASSED = b"passed"
ENDS_SECONDS = 10.0
QUIET_LOOKS = 2
"""So often in a row nothing is found: what is just being started shows no environment for an instant."""


class Reaper:
    """The run's own end of it. `folders`: the run's own, then any other below which processes are started."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reaper", *map(str, folders)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if name != RUN_VARIABLE},
        )

    def end(self, *, passed: bool) -> None:
        """Have everything ended now, and wait until it is."""
        self._process.communicate(PASSED if passed else b"", timeout=2 * ENDS_SECONDS)


def reap(folders: Sequence[Path]) -> None:
    """Kill whatever was started for this run, until nothing is left or ten seconds have passed."""
    deadline, quiet = time.monotonic() + ENDS_SECONDS, 0
    while quiet < QUIET_LOOKS and time.monotonic() < deadline:
        found = {*all_with(RUN_VARIABLE, str(folders[0]))}.union(*map(all_marked_below, folders))
        for process in found:
            process.send(signal.SIGKILL)
        quiet = 0 if found else quiet + 1
        time.sleep(0.02)


def clear(folder: Path, *, logs_too: bool) -> None:
    """Remove the run's folder, which may lie in memory; unless `logs_too`, its logs go to `kept_logs`."""
    logs = [] if logs_too else sorted(folder.glob("*.log"))
    if logs:
        kept_logs(folder).mkdir(mode=0o700, exist_ok=True)
    for log in logs:
        shutil.copy(log, kept_logs(folder))
    shutil.rmtree(folder, ignore_errors=True)


def kept_logs(folder: Path) -> Path:
    """Where the logs of a run are that had this folder and did not pass."""
    return Path(tempfile.gettempdir()) / f"{folder.name}-logs"


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    folders = [Path(argument) for argument in sys.argv[1:]]
    said = sys.stdin.buffer.read()
    reap(folders)
    clear(folders[0], logs_too=said == PASSED)


if __name__ == "__main__":
    main()
