"""One script on one target, from the connection to the end of its process group.

Until the last byte of the script was handed over nothing of it can run, so whatever goes wrong before is `not_started`.
After that only the target's own word says how it ended: without it, it is `outcome_unknown`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import asyncssh

from services.automation.scripts.capped_output import CappedOutput
from services.automation.scripts.job import ScriptEnd, ScriptJob, ScriptOutcome
from services.automation.scripts.place import OutputSink
from services.automation.scripts.rules import why_job_refused
from services.automation.targets.prologue import (
    END_COMMAND,
    RUN_COMMAND,
    ControlWord,
    encode_end,
    encode_job,
    read_control,
)
from services.automation.targets.ssh_client import NoConnection, SshClient
from services.automation.targets.target import Target
from shared.process.logs import get_logger

PIECE_BYTES = 32 * 1024
BEGIN_SECONDS = 15.0
"""For the prologue to take the script in and say that it has begun."""
LAST_OUTPUT_SECONDS = 0.5
"""For output that is on its way when the script has ended; who is left in the background may hold it open for ever."""
END_SECONDS = 1.7
"""For the target to end a process group, and to say what is left."""
CLOSE_SECONDS = 0.3
MOST_LEFT = 50

log = get_logger(__name__)


@dataclass
class Heard:
    """What the prologue has said so far."""

    group: int | None = None
    exit_code: int | None = None
    refusal: str = ""
    left: list[str] = field(default_factory=list)
    is_surveyed: bool = False

    def take(self, word: ControlWord) -> None:
        """Note one line."""
        if word.kind == "started":
            self.group = word.number
        elif word.kind == "exited":
            self.exit_code = word.number
        elif word.kind == "refused":
            self.refusal = word.rest
        elif word.kind == "left" and len(self.left) < MOST_LEFT:
            self.left.append(word.rest)
        elif word.kind == "surveyed":
            self.is_surveyed = True


class RemotePlace:
    """A target as the place of one script."""

    def __init__(self, client: SshClient, target: Target, private_key: str | None) -> None:
        self._client = client
        self._target = target
        self._private_key = private_key

    async def run(self, job: ScriptJob, sink: OutputSink) -> ScriptEnd:
        """Run a job to its end: see `ScriptPlace`."""
        if why := why_job_refused(job):
            return _not_started(why)
        if job.writable_paths:
            return _not_started(
                "Folders are given in the sandbox; on a target a script writes as the target's user may."
            )
        try:
            async with self._connection() as connection:
                return await _Run(connection, job, CappedOutput(sink, job.limits.output_bytes)).run()
        except NoConnection as error:
            return _not_started(f"{error}.")

    async def check(self) -> None:
        """Connect, and run nothing but `true`. Raises `NoConnection`."""
        async with self._connection() as connection:
            with contextlib.suppress(asyncssh.Error, OSError, TimeoutError):
                async with asyncio.timeout(BEGIN_SECONDS):
                    await connection.run("true", check=False, stdin=asyncssh.DEVNULL)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncssh.SSHClientConnection]:
        connection = await self._client.connect(self._target, self._private_key)
        try:
            yield connection
        finally:
            connection.abort()  # what still runs in a session of it ends with the link


class _Run:
    """One run on a connection that stands."""

    def __init__(self, connection: asyncssh.SSHClientConnection, job: ScriptJob, output: CappedOutput) -> None:
        self._connection = connection
        self._job = job
        self._output = output
        self._mark = token_hex(16)
        self._heard = Heard()
        self._began = asyncio.Event()
        self._finished = asyncio.Event()
        self._is_handed_over = False

    async def run(self) -> ScriptEnd:
        """From the session's opening to the end."""
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                session = await self._connection.create_process(RUN_COMMAND, encoding=None)
        except (OSError, TimeoutError, asyncssh.Error) as error:
            return _not_started(f"The target opens no session: {type(error).__name__}.")
        reading = [asyncio.create_task(self._read_words(session)), asyncio.create_task(self._read_output(session))]
        try:
            return await self._run(session, reading)
        except asyncio.CancelledError:
            words = "what it left on the target could not be looked for"
            if await self._end(session):
                words = f"still running on the target: {', '.join(self._heard.left) or 'nothing of it'}"
            await self._output.take(f"\n[cancelled; {words}]\n".encode())
            raise
        finally:
            for task in reading:
                task.cancel()
            await asyncio.wait(reading)

    async def _run(self, session: asyncssh.SSHClientProcess[bytes], reading: list[asyncio.Task[None]]) -> ScriptEnd:
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                await self._hand_over(session)
                await self._began.wait()
        except (OSError, TimeoutError, asyncssh.Error):
            if not self._is_handed_over:
                return _not_started("The link broke while the script was handed over; nothing of it ran.")
            await self._end(session)
            return self._unknown("The target did not say whether the script began")
        if self._heard.refusal:
            return _not_started(f"The target can't run it: {self._heard.refusal}.")
        if self._heard.group is None:
            return await self._why_not_begun(session)
        try:
            async with asyncio.timeout(self._job.limits.seconds):
                await self._finished.wait()
        except TimeoutError:
            return await self._end_in_time(session)
        if self._heard.exit_code is None:
            return self._unknown("The session ended without an exit code: the link broke, or the script ended it")
        await asyncio.wait([reading[1]], timeout=LAST_OUTPUT_SECONDS)
        return self._ended(ScriptOutcome.EXITED, "", self._heard.exit_code)

    async def _why_not_begun(self, session: asyncssh.SSHClientProcess[bytes]) -> ScriptEnd:
        """The prologue says that it begins before it does: one that ended in order without that word began nothing."""
        with contextlib.suppress(TimeoutError, OSError, asyncssh.Error):
            async with asyncio.timeout(END_SECONDS):
                await session.wait_closed()
        if session.exit_status is None or session.exit_status < 0:
            return self._unknown("The link broke as the script was to begin")
        return _not_started(
            "The target can't take a script in: it needs /bin/sh with `printf`, `head` and `tr`"
            f" (exit code {session.exit_status})."
        )

    async def _hand_over(self, session: asyncssh.SSHClientProcess[bytes]) -> None:
        """All of the script; its last byte is what lets it run, so it counts as handed over from then on."""
        whole = encode_job(self._job, self._mark)
        for place in range(0, len(whole) - 1, PIECE_BYTES):
            session.stdin.write(whole[place : min(place + PIECE_BYTES, len(whole) - 1)])
            await session.stdin.drain()
        self._is_handed_over = True
        session.stdin.write(whole[-1:])

    async def _read_words(self, session: asyncssh.SSHClientProcess[bytes]) -> None:
        """The prologue's lines, until it has said all or the link is gone."""
        try:
            while line := await session.stderr.readline():
                self._heard.take(read_control(line))
                if self._heard.group is not None or self._heard.refusal:
                    self._began.set()
                if self._heard.is_surveyed:
                    return
        except (OSError, asyncssh.Error, ValueError, asyncio.IncompleteReadError):
            return
        finally:
            self._began.set()
            self._finished.set()

    async def _read_output(self, session: asyncssh.SSHClientProcess[bytes]) -> None:
        try:
            while piece := await session.stdout.read(PIECE_BYTES):
                await self._output.take(piece)
        except (OSError, asyncssh.Error):
            return

    async def _end_in_time(self, session: asyncssh.SSHClientProcess[bytes]) -> ScriptEnd:
        seconds = f"{self._job.limits.seconds:g} s"
        if not await self._end(session):
            return self._unknown(f"It was to end after {seconds}, and the target did not say that it has")
        return self._ended(ScriptOutcome.TIMED_OUT, f"Ended after {seconds}, with its process group.")

    async def _end(self, session: asyncssh.SSHClientProcess[bytes]) -> bool:
        """End the process group, and hear what is left; False when the target did not say that it has ended.

        The prologue ends it as soon as the session's input ends; a second session makes sure and looks around.
        """
        with contextlib.suppress(OSError, asyncssh.Error):
            session.stdin.write_eof()
        group = self._heard.group
        if group is None:
            return False
        ended = Heard()
        try:
            async with asyncio.timeout(END_SECONDS):
                told = await self._connection.run(
                    END_COMMAND, input=encode_end(self._mark, group), encoding=None, check=False
                )
        except (OSError, TimeoutError, asyncssh.Error):
            return False
        for line in _lines(told.stderr):
            ended.take(read_control(line))
        self._heard.left = ended.left
        return ended.is_surveyed

    def _ended(self, outcome: ScriptOutcome, words: str, code: int | None = None) -> ScriptEnd:
        lost = "From some point on its output could not be kept." if self._output.is_lost else ""
        return ScriptEnd(
            outcome,
            exit_code=code,
            detail=" ".join(one for one in (words, lost) if one),
            output_cut=self._output.is_cut or self._output.is_lost,
            left_behind=tuple(self._heard.left),
        )

    def _unknown(self, words: str) -> ScriptEnd:
        return self._ended(ScriptOutcome.OUTCOME_UNKNOWN, f"{words}: it may have run, wholly or in part.")


def _lines(said: Any) -> list[bytes]:
    return said.splitlines() if isinstance(said, bytes) else []


def _not_started(detail: str) -> ScriptEnd:
    return ScriptEnd(ScriptOutcome.NOT_STARTED, detail=detail)
