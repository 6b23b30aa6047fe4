"""A test that does not end is ended and reported, whatever it does; so is a run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from deploy.local.processes import all_marked_below
from deploy.local.settings import ROOT
from tests.reaper import RUN_VARIABLE

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

SETTINGS = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\ntimeout = 2\n"
ENDS_SECONDS = 120.0
"""Most of it is for the imports, on a busy machine."""
PLUGINS = ("-p", "pytest_timeout", "-p", "pytest_asyncio.plugin", "-p", "xdist.plugin", "-p", "tests.limits")
"""And no others: importing all that are installed takes three times as long as such a run."""


def run(folder: Path, tests: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A run of its own of these tests; what it says comes in `stdout`."""
    (folder / "pytest.ini").write_text(SETTINGS)
    (folder / "test_it.py").write_text(dedent(tests))
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ours = (*PLUGINS, "-c", str(folder / "pytest.ini"), "--basetemp", str(folder / "t"))
    return subprocess.run(
        [sys.executable, "-m", "pytest", *ours, *options, str(folder / "test_it.py")],
        cwd=ROOT,
        env=environ | {RUN_VARIABLE: str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=ENDS_SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    "body, where",
    [
        pytest.param("async def test_it(): time.sleep(60)", "time.sleep(60)", id="blocks the event loop"),
        pytest.param("async def test_it(): await asyncio.Event().wait()", "Event().wait()", id="waits for ever"),
        pytest.param(
            """
            async def test_it():
                while True:
                    with contextlib.suppress(asyncio.CancelledError):
                        await asyncio.sleep(60)
            """,
            "asyncio.sleep(60)",
            id="takes no cancellation",
        ),
        pytest.param(
            """
            @pytest.fixture
            async def part():
                yield
                await asyncio.Event().wait()

            async def test_it(part): assert False
            """,
            "Event().wait()",
            id="fails, then waits for ever in its teardown",
        ),
        pytest.param(
            "async def test_it(): re.match('(a+)+$', 40 * 'a' + 'b')", "test_it", id="lets no other thread run"
        ),
    ],
)
def test_a_test_that_does_not_end_is_ended_and_says_where_it_stood(tmp_path: Path, body: str, where: str) -> None:
    imports = "import asyncio, contextlib, re, time, pytest\n"
    said = run(tmp_path, imports + dedent(body), "--limit-grace", "5")
    assert said.returncode == 1, said.stdout
    assert where in said.stdout.partition("test session starts")[2]
    assert "test_it.py" in said.stdout


def test_of_several_workers_only_the_one_that_hangs_is_ended_and_all_other_tests_are_run(tmp_path: Path) -> None:
    tests = """
        import asyncio, pytest

        async def test_hangs(): await asyncio.Event().wait()

        @pytest.mark.parametrize("number", range(6))
        def test_ends(number): pass
    """
    said = run(tmp_path, tests, "-n", "2")
    assert said.returncode == 1, said.stdout
    assert "1 failed, 6 passed" in said.stdout
    assert "test_it.py::test_hangs has not ended within 2 s" in said.stdout


def test_what_a_test_that_hangs_has_started_is_ended(tmp_path: Path) -> None:
    tests = """
        import asyncio, os
        from deploy.local.processes import Program, start

        async def test_it(tmp_path):
            start(Program("server", ("sleep", "300"), dict(os.environ), tmp_path, ("sleep",)), tmp_path)
            (tmp_path / "started").touch()
            await asyncio.Event().wait()
    """
    said = run(tmp_path, tests)
    assert said.returncode == 1, said.stdout
    assert list(tmp_path.glob("t/**/started"))
    assert all_marked_below(tmp_path) == []


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["in one process", "in a worker"])
def test_a_run_that_is_over_its_limit_starts_no_further_test_and_reports(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    tests = """
        import time, pytest

        @pytest.mark.parametrize("number", range(20))
        def test_it(number): time.sleep(1)
    """
    said = run(tmp_path, tests, "--run-limit", "8", *options)
    assert said.returncode != 0, said.stdout
    assert "the run has not ended within 8 s" in said.stdout
    assert "20 passed" not in said.stdout


def test_a_run_that_does_not_even_report_is_ended(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import time\ndef pytest_sessionfinish(): time.sleep(300)\n")
    began = time.monotonic()
    said = run(tmp_path, "def test_it(): pass", "--run-limit", "3", "--limit-grace", "1")
    assert said.returncode == 1, said.stdout
    assert "pytest_sessionfinish" in said.stdout
    assert time.monotonic() - began < ENDS_SECONDS
