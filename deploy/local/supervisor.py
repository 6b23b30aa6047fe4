"""Keeps every process of one stack running: what died is started again within a second, and so is an embedded server
that takes connections but answers nobody for a minute.

It starts all at once and waits for nobody, for the services wait for the broker and the database themselves. When it
dies itself, the rest runs on; its successor adopts what runs and starts what does not. It ends on SIGTERM at once and
takes nobody with it: stopping the stack is `stop`'s matter.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from deploy.local import record
from deploy.local.backoff import QUICK_DEATH_SECONDS, wait_before_restart
from deploy.local.hanging import watch_part
from deploy.local.plan import Plan, make_plan
from deploy.local.ports import Ports
from deploy.local.processes import Program, Running, all_marked, find, keep_log_small, pid_file, start
from deploy.local.run_dir import held, make_private, write_whole
from deploy.local.settings import Settings, read_settings
from deploy.local.terminal import say

SUPERVISOR = "supervisor"
KNOWN_BY = ("deploy.local.supervisor",)
POLL_SECONDS = 0.1
LOG_CHECK_SECONDS = 10.0


@dataclass
class Watched:
    """One program and what became of it so far."""

    program: Program
    running: Running | None = None
    child: subprocess.Popen[bytes] | None = None
    """None for an adopted process: it is nobody's child we could wait for."""
    started_at: float = 0.0
    quick_deaths: int = 0
    not_before: float = 0.0

    def look(self, now: float, run_dir: Path) -> None:
        """Notice a death; start what should run."""
        if self.running is not None and not self._alive():
            self._note_death(now)
        if self.running is None and now >= self.not_before:
            self._start(now, run_dir)

    def _start(self, now: float, run_dir: Path) -> None:
        self.started_at = now
        try:
            self.running, self.child = start(self.program, run_dir)
        except OSError as error:
            self.not_before = now + 1
            say(f"{self.program.name} can't be started: {error}")
        else:
            say(f"{self.program.name} started as {self.running.pid}")

    def _alive(self) -> bool:
        if self.child is not None:
            return self.child.poll() is None
        return self.running is not None and self.running.alive()

    def _note_death(self, now: float) -> None:
        code = self.child.returncode if self.child is not None else None
        lived = now - self.started_at
        self.quick_deaths = self.quick_deaths + 1 if lived < QUICK_DEATH_SECONDS else 0
        wait = wait_before_restart(self.quick_deaths, killed=code == -signal.SIGKILL)
        self.not_before = now + wait
        self.running = self.child = None
        say(f"{self.program.name} ended ({'unknown' if code is None else code}) after {lived:.1f} s, again in {wait} s")


def adopt(programs: list[Program], run_dir: Path, now: float) -> list[Watched]:
    """What runs already is watched from here on; the rest is to be started."""
    watched = [Watched(program, find(run_dir, program.name, program.known_by), started_at=now) for program in programs]
    for one in watched:
        if one.running is not None:
            write_whole(pid_file(run_dir, one.program.name), f"{one.running.pid}\n")
            say(f"{one.program.name} runs already as {one.running.pid}")
    return watched


def end_unplanned(plan: Plan, run_dir: Path) -> None:
    """A replica that is no longer wanted is asked to drain and go."""
    wanted = {program.name for program in plan.programs}
    for process, name in all_marked(run_dir).items():
        if name not in wanted and name != SUPERVISOR:
            say(f"{name} is no longer wanted")
            process.send(signal.SIGTERM)
            pid_file(run_dir, name).unlink(missing_ok=True)


def supervise(settings: Settings) -> None:
    """Never returns, unless another supervisor has this run directory."""
    run_dir = make_private(settings.run_dir)
    with held(run_dir / "supervisor.lock", wait=False) as ours:
        if not ours:
            say("another supervisor has this run directory")
            return
        write_whole(pid_file(run_dir, SUPERVISOR), f"{os.getpid()}\n")
        ports = Ports(run_dir)  # its claims on the ports hold for as long as this process lives
        plan = make_plan(settings, ports, running=bool(all_marked(run_dir)))
        for part in plan.parts:
            part.prepare()
        record.write(settings, plan)
        end_unplanned(plan, run_dir)
        for part in plan.parts:
            watch_part(part)
        watch(adopt(plan.programs, run_dir, time.monotonic()), run_dir)


def watch(watched: list[Watched], run_dir: Path) -> NoReturn:
    logs_checked = time.monotonic()
    while True:
        now = time.monotonic()
        for one in watched:
            one.look(now, run_dir)
        if now - logs_checked > LOG_CHECK_SECONDS:
            logs_checked = now
            for log in run_dir.glob("*.log"):
                keep_log_small(log)
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    supervise(read_settings(root=Path(sys.argv[1])))
