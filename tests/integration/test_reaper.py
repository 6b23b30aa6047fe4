"""What a run of tests has started ends with the run, also when the run's processes are killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from deploy.local.processes import all_marked_below, all_with, wait_until
from deploy.local.settings import ROOT
from tests.reaper import RUN_VARIABLE, kept_logs

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

BEGINS_SECONDS, ENDS_SECONDS = 60.0, 20.0
TESTS = """
    import os, subprocess, time
    from pathlib import Path
    from deploy.local.processes import Program, start

    def test_it(tmp_path):
        run = Path(os.environ["TOCSIN_TEST_RUN"])
        (run / "database").mkdir()
        for folder in (run, tmp_path):
            program = Program("database", ("sleep", "300"), {"PATH": os.environ["PATH"]}, folder, ("sleep",))
            start(program, folder)
        subprocess.Popen(["sleep", "300"], start_new_session=True)
        (Path(__file__).parent / "run").write_text(str(run))
        time.sleep(WAIT)
"""


class Run:
    """A run of pytest of its own, in a worker beside its first process."""

    def __init__(self, folder: Path, seconds: int) -> None:
        self._folder = folder
        (folder / "pytest.ini").write_text("[pytest]\n")
        (folder / "test_it.py").write_text(dedent(TESTS).replace("WAIT", str(seconds)))
        plugins = ("-p", "xdist.plugin", "-p", "tests.run_ending")
        ours = (*plugins, "-c", str(folder / "pytest.ini"), "--basetemp", str(folder / "t"))
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *ours, "-n", "1", str(folder / "test_it.py")],
            cwd=ROOT,
            env=environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        )

    def begun(self) -> Path:
        """The run's folder, once its test has started all."""
        assert wait_until(lambda: self._said != "", BEGINS_SECONDS)
        return Path(self._said)

    def remove(self) -> None:
        """Remove what the run left on purpose."""
        if self._said:
            shutil.rmtree(kept_logs(Path(self._said)), ignore_errors=True)

    @property
    def _said(self) -> str:
        said = self._folder / "run"
        return said.read_text() if said.exists() else ""

    def left(self) -> int:
        """How many processes of the run still run."""
        run = self.begun()
        named = all_with(RUN_VARIABLE, str(run))
        return len({*named, *all_marked_below(run), *all_marked_below(self._folder / "t")})


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    made: list[Run] = []
    yield made
    for one in made:
        one.process.kill()
        one.process.wait()
        one.remove()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "asked to end"])
def test_what_a_run_has_started_ends_with_its_first_process_and_logs_stay(
    tmp_path: Path, runs: list[Run], number: signal.Signals
) -> None:
    run = Run(tmp_path, 300)
    runs.append(run)
    folder = run.begun()
    assert run.left() >= 4, "the worker, two programs and a child"
    os.kill(run.process.pid, number)
    assert wait_until(lambda: run.left() == 0, ENDS_SECONDS), run.left()
    assert wait_until(lambda: not folder.exists(), ENDS_SECONDS)
    assert (kept_logs(folder) / "database.log").exists()


def test_a_run_that_passed_leaves_nothing(tmp_path: Path, runs: list[Run]) -> None:
    run = Run(tmp_path, 0)
    runs.append(run)
    folder = run.begun()
    assert run.process.wait(ENDS_SECONDS) == 0
    assert run.left() == 0
    assert not folder.exists()
    assert not kept_logs(folder).exists()
