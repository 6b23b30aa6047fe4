"""A limit for every test and every run of tests that fires whatever a test does to the event loop.

pytest-timeout says how many seconds a test has (`timeout` in pyproject.toml, the marker, `--timeout`), and its own ways
of ending one are not used: its signal raises inside a callback of the loop, where uvloop logs it and goes on, and it is
called off as soon as a test has failed, though it is then that a teardown hangs. Here a thread watches from the test's
first setup to its last teardown. It writes down every stack, of threads and of asyncio's tasks, ends what the test had
started and then this process: a worker of pytest-xdist is replaced, its test has failed, the others go on. Behind it
stands the interpreter's own watchdog, for code that never lets another thread run.

A run has a limit too (`tests/budgets.py`, or `--run-limit`): at its end no further test starts, what was found so far
is reported and the run has failed. What then still does not end is ended as a test is.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from types import AsyncGeneratorType, FrameType
from typing import Any, TextIO
from weakref import WeakSet

import pytest
import uvloop

from tests.budgets import limit_of
from tests.run_folder import end_started, enter, workers

WATCH: pytest.StashKey[Watch] = pytest.StashKey()
_LOOPS: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


class Watch:
    """What one process of the run uses to end itself."""

    def __init__(self, config: pytest.Config) -> None:
        self.grace_seconds: float = config.getoption("limit_grace")
        # standard error as it is before pytest captures it
        self._report = os.fdopen(os.dup(2), "w", buffering=1)
        self._config = config
        self._timer: threading.Timer | None = None
        self._ends_at = 0.0

    def start(self, what: str, seconds: float) -> None:
        """From now on `what` has so many seconds."""
        self.stop()
        self._ends_at = time.monotonic() + seconds
        self._timer = _later(seconds, self.end, f"{what} has not ended within {seconds:g} s")
        self.stand_behind()

    def stand_behind(self) -> None:
        """Have the interpreter end the process where this thread can't. pytest calls that off when a test fails."""
        if self._timer is not None:
            left = max(self._ends_at - time.monotonic(), 0.0) + self.grace_seconds
            faulthandler.dump_traceback_later(left, exit=True, file=self._report)

    def stop(self) -> None:
        """It has ended, or somebody debugs it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            faulthandler.cancel_dump_traceback_later()

    def hear_signals(self) -> None:
        """Say the stacks whenever the run's first process asks for them."""
        faulthandler.register(signal.SIGUSR1, file=self._report, chain=False)

    def end(self, why: str) -> None:
        """Say where everything stands, and end it and this process."""
        self._report.write(f"\n+++ {why}. Where it stands:\n")
        with contextlib.suppress(Exception):
            faulthandler.dump_traceback(self._report)
            write_tasks(self._report)
        for number in (signal.SIGUSR1, signal.SIGKILL):
            for worker in workers(self._config):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, number)
            time.sleep(0.5)
        with contextlib.suppress(Exception):
            end_started(self._config)
        self._report.write(f"+++ {why}.\n")
        self._report.flush()
        os._exit(1)


def _later(seconds: float, action: Callable[..., None], *arguments: Any) -> threading.Timer:
    timer = threading.Timer(seconds, action, arguments)
    timer.daemon = True
    timer.start()
    return timer


def write_tasks(report: TextIO) -> None:
    """What a thread's stack does not show: every task on the loops of this process, and what fixtures wait for."""
    for loop in list(_LOOPS):
        for task in asyncio.all_tasks(loop):
            task.print_stack(limit=12, file=report)
    for fixture in gc.get_objects():
        if isinstance(fixture, AsyncGeneratorType) and fixture.ag_running:
            report.write(f"Fixture {fixture.__qualname__} waits in:\n")
            for frame in _frames(fixture):
                traceback.print_stack(frame, limit=1, file=report)


def _frames(awaited: object) -> Iterator[FrameType]:
    """Where an asynchronous generator or a coroutine stands, then what that awaits, and so on."""
    while awaited is not None:
        kind = next((kind for kind in ("ag", "cr", "gi") if hasattr(awaited, f"{kind}_frame")), None)
        if kind is None:
            return
        if (frame := getattr(awaited, f"{kind}_frame")) is not None:
            yield frame
        awaited = getattr(awaited, f"{kind}_await" if kind != "gi" else "gi_yieldfrom")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("limits")
    group.addoption("--run-limit", type=float, default=0.0, help="seconds for the whole run (default: its tiers')")
    group.addoption("--limit-grace", type=float, default=30.0, help="seconds from a limit to what stands behind it")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    config.stash[WATCH] = watch = Watch(config)
    if hasattr(config, "workerinput"):
        watch.hear_signals()
        enter()


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """The run's first process watches the run."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    seconds = config.getoption("run_limit") or limit_of(config.args)
    why = f"the run has not ended within {seconds:g} s"
    watch = config.stash[WATCH]
    _later(seconds, _stop, session, why)
    _later(seconds + watch.grace_seconds, watch.end, why)


def _stop(session: pytest.Session, why: str) -> None:
    """Start no further test."""
    distributed = session.config.pluginmanager.get_plugin("dsession")
    if distributed is not None:
        distributed.shouldstop = why
    session.shouldfail = why


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Callable[[], Any]]:
    """The tests' event loop is the one that the processes run on."""
    return {"uvloop": _new_loop}


def _new_loop() -> asyncio.AbstractEventLoop:
    loop = uvloop.new_event_loop()
    _LOOPS.add(loop)
    return loop


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """Here pytest-timeout says how many seconds the test has."""
    item.config.stash[WATCH].start(item.nodeid, settings.timeout)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_cancel_timer(item: pytest.Item) -> bool:
    """pytest-timeout calls off when a test failed or a debugger starts; what is left to tear down is watched on."""
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    try:
        return (yield)
    finally:
        item.config.stash[WATCH].stop()


@pytest.hookimpl(trylast=True)
def pytest_exception_interact(node: pytest.Item) -> None:
    node.config.stash[WATCH].stand_behind()


def pytest_enter_pdb(config: pytest.Config) -> None:
    config.stash[WATCH].stop()
