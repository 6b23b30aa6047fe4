"""The folder that the processes of one run of tests share, and what they have started."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from deploy.local.processes import all_marked_below
from tests.reaper import RUN_VARIABLE


def run_folder() -> Path:
    return Path(os.environ[RUN_VARIABLE])


def enter() -> None:
    """Say that this process runs tests for the first one."""
    (run_folder() / f"worker.{os.getpid()}").touch()


def workers(config: pytest.Config) -> list[int]:
    """The processes that run tests for this one."""
    return [] if hasattr(config, "workerinput") else [int(path.suffix[1:]) for path in run_folder().glob("worker.*")]


def end_started(config: pytest.Config) -> None:
    """Kill every process that this process's tests have started, and in the run's first process all that any has."""
    folders = [tests_folder(config)]
    if not hasattr(config, "workerinput"):
        folders.append(run_folder())
    for folder in folders:
        for process in all_marked_below(folder):
            process.send(signal.SIGKILL)


def tests_folder(config: pytest.Config) -> Path:
    """What `tmp_path` lies below."""
    folder: Path = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined] # the fixture's own, by its name
    return folder
