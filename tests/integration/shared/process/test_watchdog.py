"""A service process whose event loop stands still ends by itself, whatever holds the interpreter."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from shared.callers.identity_tokens import make_private_key, public_key
from shared.process.watchdog import END_SECONDS

pytestmark = pytest.mark.integration

SERVICE = """
import asyncio, sys, threading
from shared.runtime import main

async def go_on():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

def build(runtime):
    asyncio.get_running_loop().call_later(0.3, {what})

main("oncall", build)
"""
LEAST = 1.0


def run(what: str, folder: Path, *, seconds: float = LEAST) -> subprocess.Popen[str]:
    """A service that waits for its database and does `what` on its event loop."""
    environ = os.environ | {
        "TOCSIN_MONGO_URL": "mongodb://127.0.0.1:1/",
        "TOCSIN_AMQP_URL": "amqp://127.0.0.1:1/",
        "TOCSIN_SECRET_KEY": "a secret for this test",
        "TOCSIN_IDENTITY_PUBLIC_KEYS": public_key(make_private_key()),
        "TOCSIN_RUN_DIR": str(folder),
        "TOCSIN_WATCHDOG_SECONDS": str(seconds),
    }
    command = [sys.executable, "-c", SERVICE.format(what=what)]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    "what",
    [
        pytest.param("lambda: pow(7, 9**10)", id="a huge power, which never lets go of the interpreter"),
        pytest.param("lambda: [None for _ in iter(int, 1)]", id="an endless loop"),
        pytest.param("threading.Event().wait", id="a wait for what never comes"),
    ],
)
def test_a_process_whose_loop_stands_still_ends_and_says_where_it_stood(what: str, tmp_path: Path) -> None:
    began = time.monotonic()
    with run(what, tmp_path) as process:
        _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "Timeout" in said
    assert 'File "<string>"' in said
    assert time.monotonic() - began > LEAST


def test_a_process_whose_loop_turns_lives_on(tmp_path: Path) -> None:
    with run("lambda: print('turns', flush=True)", tmp_path) as process:
        assert process.stdout
        assert "turns\n" in process.stdout
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(5 * LEAST)
        process.terminate()
        assert process.wait(10) == 0


def test_without_a_limit_nothing_is_ended(tmp_path: Path) -> None:
    with run("threading.Event().wait", tmp_path, seconds=0) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(4 * LEAST)
        process.kill()


def test_a_process_that_was_told_to_end_does_so_whatever_goes_on_in_it(tmp_path: Path) -> None:
    hanging = {
        "a thread": "lambda: (threading.Thread(target=threading.Event().wait).start(), print('hangs', flush=True))",
        "a task": "lambda: (setattr(sys, 'kept', asyncio.ensure_future(go_on())), print('hangs', flush=True))",
    }
    with ExitStack() as open_ones:
        processes = [open_ones.enter_context(run(what, tmp_path)) for what in hanging.values()]
        for process in processes:
            assert process.stdout
            assert "hangs\n" in process.stdout
            process.terminate()
        assert [process.wait(2 * END_SECONDS) for process in processes] == [1, 1]
