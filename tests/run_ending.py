"""The beginning and the end of a run of tests: its folder, and somebody who ends what it starts.

A plugin of pytest that works by itself, so that its test can run it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.reaper import RUN_VARIABLE, Reaper
from tests.run_folder import run_folder, tests_folder

IN_MEMORY = Path("/dev/shm")
ROOM_BYTES = 4_000_000_000
"""Free in memory for the run's folder to lie there: no test pulls a plug, and each message and document would be
written through to the disk."""
REAPER: pytest.StashKey[Reaper] = pytest.StashKey()
STATUS: pytest.StashKey[int] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """The first process of the run names the folder that its workers share."""
    if not hasattr(config, "workerinput"):
        place = IN_MEMORY if _free_bytes(IN_MEMORY) > ROOM_BYTES else None
        os.environ[RUN_VARIABLE] = tempfile.mkdtemp(prefix="tocsin-test-", dir=place)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """From now on somebody ends what this run starts, whatever becomes of this process."""
    if not hasattr(session.config, "workerinput"):
        session.config.stash[REAPER] = Reaper([run_folder(), tests_folder(session.config)])


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[STATUS] = exitstatus


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process of the run has all ended that any of its processes started."""
    if (reaper := config.stash.get(REAPER, None)) is not None:
        reaper.end(passed=config.stash.get(STATUS, 1) in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED))


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free if folder.is_dir() and os.access(folder, os.W_OK) else 0
