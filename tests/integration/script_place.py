"""A place for scripts that is this machine's own shell: no sandbox, but everything else that a place promises."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from services.automation.scripts.choice import SandboxOnly
from services.automation.scripts.job import ScriptEnd, ScriptJob, ScriptOutcome
from services.automation.scripts.place import OutputSink

PIECE_BYTES = 16 * 1024


class ShellPlace:
    """Runs scripts as children of the test; `ran` tells which, in order."""

    def __init__(self) -> None:
        self.ran: list[ScriptJob] = []

    async def run(self, job: ScriptJob, sink: OutputSink) -> ScriptEnd:
        """Run one; all that it started ends with it."""
        self.ran.append(job)
        process = await asyncio.create_subprocess_exec(
            job.interpreter.value,
            "-c",
            job.script,
            env={"PATH": os.environ["PATH"], **job.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(job.limits.seconds):
                is_cut = await _copy(process, job.limits.output_bytes, sink)
                code = await process.wait()
        except TimeoutError:
            return ScriptEnd(ScriptOutcome.TIMED_OUT, detail=f"It was ended after {job.limits.seconds:g} s.")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        return ScriptEnd(ScriptOutcome.EXITED, code if code >= 0 else 128 - code, output_cut=is_cut)


async def _copy(process: asyncio.subprocess.Process, limit: int, sink: OutputSink) -> bool:
    """Hand on what it writes, up to the limit; True when there was more."""
    assert process.stdout is not None
    left = limit
    while piece := await process.stdout.read(PIECE_BYTES):
        if left:
            await sink.write(piece[:left])
        if len(piece) > left:
            left = 0
            is_cut = True
            while await process.stdout.read(PIECE_BYTES):
                continue
            return is_cut
        left -= len(piece)
    return False


def shell_places(place: ShellPlace) -> SandboxOnly:
    """All places there are: this shell, for the sandbox."""
    return SandboxOnly(place)
