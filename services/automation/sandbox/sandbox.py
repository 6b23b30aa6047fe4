"""The place beside automation where scripts run: tried at the start, said to be off where it can't be, bounded.

What a sandbox is made of is looked for and tried with a small script, first with a control group, then without: there
memory is limited of each process and not of all together. Which it is, is said of each script and by `/readyz`.
"""

from __future__ import annotations

import asyncio
import contextlib
import platform
import time
from dataclasses import dataclass

from services.automation.sandbox.bubblewrap import Host
from services.automation.sandbox.confined_process import CannotStart, ConfinedProcess
from services.automation.sandbox.control_group import ControlGroups, group_makers
from services.automation.sandbox.machine import look_at_host
from services.automation.sandbox.syscall_filter import make_filter
from services.automation.sandbox.writable_folders import find_folders
from services.automation.scripts.capped_output import CappedOutput
from services.automation.scripts.job import ScriptEnd, ScriptJob, ScriptLimits, ScriptOutcome
from services.automation.scripts.place import OutputSink
from services.automation.scripts.rules import why_job_refused
from shared.process.logs import get_logger

AT_ONCE = 8
"""Scripts of one process that run at a time; the next ones wait, and their time runs from their start."""
LOOK_AGAIN_SECONDS = 30.0
"""A machine may get what it lacked: it is looked at again when a script asks, but not for each one."""
PIECE_BYTES = 64 * 1024
LAST_WORDS_SECONDS = 1.0
"""For what a script had said before it was killed."""
TRIAL = ScriptJob(id="trial", script="true | true\n", limits=ScriptLimits(seconds=10))
"""Enough to see whether processes may be made within the limits."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """How scripts run on this machine."""

    host: Host
    groups: ControlGroups | None
    seccomp: bytes | None

    @property
    def words(self) -> str:
        """What limits a script, in one sentence."""
        limited = (
            f"control group (version {self.groups.place.version})"
            if self.groups is not None
            else "prlimit, which counts the memory of each process by itself"
        )
        return f"Limits are set by {limited}{'' if self.seccomp else '; system calls are not filtered here'}."


class Sandbox:
    """Runs scripts in sandboxes of this machine; a `ScriptPlace`."""

    def __init__(self, listed_folders: tuple[str, ...] = (), *, at_once: int = AT_ONCE) -> None:
        self._listed = listed_folders
        self._turns = asyncio.Semaphore(at_once)
        self._way: Way | str = "it was not looked at yet"
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    @property
    def is_on(self) -> bool:
        """Whether scripts can run here."""
        return isinstance(self._way, Way)

    @property
    def words(self) -> str:
        """How scripts run here, or why they can't."""
        return self._way.words if isinstance(self._way, Way) else f"Scripts can't run beside automation: {self._way}."

    async def look(self) -> None:
        """Look what this machine has, and try it."""
        async with self._looking:
            self._looked_at = time.monotonic()
            was = self.words
            self._way = await self._find_way()
            if self.words != was:
                log.info("sandbox", on=self.is_on, how=self.words)

    async def run(self, job: ScriptJob, sink: OutputSink) -> ScriptEnd:
        """Run a job to its end: see `ScriptPlace`."""
        if why := why_job_refused(job):
            return _not_started(why)
        if not self.is_on and time.monotonic() - self._looked_at >= LOOK_AGAIN_SECONDS:
            await self.look()
        if not isinstance(self._way, Way):
            return _not_started(self.words)
        if job.interpreter not in self._way.host.interpreters:
            return _not_started(f"There is no {job.interpreter.value} on this machine.")
        async with self._turns:
            return await self._run(self._way, job, sink)

    async def _run(self, way: Way, job: ScriptJob, sink: OutputSink) -> ScriptEnd:
        folders = find_folders(job.writable_paths, self._listed)
        if isinstance(folders, str):
            return _not_started(folders)
        output = CappedOutput(sink, job.limits.output_bytes)
        try:
            group = way.groups.make(job.limits) if way.groups is not None else None
        except OSError as error:
            return _not_started(f"The control group can't be made: {error.strerror or error}.")
        process = ConfinedProcess(group)
        try:
            await process.stand(way.host, job, folders, way.seccomp)
            ended = await _watch(process, output, job.limits.seconds)
            was_short = process.was_short_of_memory
        except CannotStart as error:
            return _not_started(f"The sandbox can't be made: {error}.")
        finally:
            is_over = await process.end()
        if not is_over:
            return _end(ScriptOutcome.OUTCOME_UNKNOWN, "It was killed, and has not ended.", way, output)
        if ended is None:
            words = f"Ended after {job.limits.seconds:g} s, with all that it had started."
            return _end(ScriptOutcome.TIMED_OUT, words, way, output)
        if was_short and ended != 0:
            most = job.limits.memory_bytes // 2**20
            words = f"It wanted more than the {most} MB of memory that it may take."
            return _end(ScriptOutcome.OUT_OF_MEMORY, words, way, output, ended)
        return _end(ScriptOutcome.EXITED, "", way, output, ended)

    async def _find_way(self) -> Way | str:
        """The best way that a trial goes well with; why there is none."""
        host = await look_at_host()
        if isinstance(host, str):
            return host
        seccomp, why = make_filter(platform.machine()), ""
        for groups in (*group_makers(), None):
            if groups is not None:
                groups.clear()
            found = Way(host, groups, seccomp)
            heard = _Heard()
            end = await self._run(found, TRIAL, heard)
            if end.outcome is ScriptOutcome.EXITED and end.exit_code == 0:
                return found
            why = (end.detail if end.outcome is ScriptOutcome.NOT_STARTED else heard.text) or end.outcome.value
        return why.rstrip(".")


class _Heard:
    """Output that is read at once."""

    def __init__(self) -> None:
        self.text = ""

    async def write(self, chunk: bytes) -> None:
        self.text += chunk.decode(errors="replace")[:500]


async def _watch(process: ConfinedProcess, output: CappedOutput, seconds: float) -> int | None:
    """Start the script and take what it says until it has ended, or until its time is over: then its code is None."""
    try:
        async with asyncio.timeout(seconds):
            process.let_go()
            await _read(process, output)
            return await process.wait()
    except TimeoutError:
        await _read_last(process, output)
        return None


async def _read(process: ConfinedProcess, output: CappedOutput) -> None:
    while piece := await process.read(PIECE_BYTES):
        await output.take(piece)


async def _read_last(process: ConfinedProcess, output: CappedOutput) -> None:
    """Kill it, and take what it had said."""
    process.kill()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LAST_WORDS_SECONDS):
            await _read(process, output)


def _not_started(detail: str) -> ScriptEnd:
    return ScriptEnd(ScriptOutcome.NOT_STARTED, detail=detail)


def _end(outcome: ScriptOutcome, words: str, way: Way, output: CappedOutput, code: int | None = None) -> ScriptEnd:
    lost = "From some point on its output could not be kept." if output.is_lost else ""
    return ScriptEnd(
        outcome,
        exit_code=code,
        detail=" ".join(one for one in (words, lost, way.words) if one),
        output_cut=output.is_cut or output.is_lost,
    )
