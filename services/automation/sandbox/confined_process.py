"""One script in one sandbox, from its start to the end of all that it started.

The script is let go only when all that ends it stands: bubblewrap and the first process inside have asked the kernel to
be killed with their parent, automation holds on to both, and both are in the control group. So there is no moment at
which automation could be killed and leave a script running, and a sandbox that was not told to start never does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from services.automation.sandbox.bubblewrap import (
    GROUP,
    PASSWD,
    Descriptors,
    Folder,
    Host,
    launch_command,
    sandbox_arguments,
)
from services.automation.sandbox.control_group import ControlGroup
from services.automation.scripts.job import ScriptJob

SET_UP_SECONDS = 15.0
"""For the sandbox to stand; that takes some 10 ms on a machine that does nothing else."""
END_SECONDS = 2.0
"""For all of it to have ended, after it was killed."""
LARGEST_STATUS = 64 * 1024
MOST_WORDS = 300
NO_ENVIRONMENT: Mapping[str, str] = {}


class CannotStart(Exception):
    """The sandbox does not stand, and nothing of the script was run; the message says why."""


class ConfinedProcess:
    """A sandbox: `stand` makes it, `let_go` starts its script, `end` ends all and must be called in any case."""

    def __init__(self, group: ControlGroup | None) -> None:
        self._group = group
        self._open = ExitStack()
        self._launched: subprocess.Popen[bytes] | None = None
        self._held: list[int] = []
        """Holds on to bubblewrap, then to the first process inside, which ends as the last one in there."""
        self._gate: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._status = -1
        self._output: asyncio.StreamReader | None = None

    async def stand(self, host: Host, job: ScriptJob, folders: Sequence[Folder], seccomp: bytes | None) -> None:
        """Make the sandbox, up to the start of the script. Raises `CannotStart`."""
        try:
            async with asyncio.timeout(SET_UP_SECONDS):
                await self._launch(host, job, folders, seccomp)
                await self._wait_for_gate()
        except TimeoutError as error:
            raise CannotStart(f"it did not stand within {SET_UP_SECONDS:g} s") from error
        except OSError as error:
            raise CannotStart(error.strerror or str(error)) from error

    async def _launch(self, host: Host, job: ScriptJob, folders: Sequence[Folder], seccomp: bytes | None) -> None:
        with ExitStack() as theirs:
            output, their_output = os.pipe()
            theirs.callback(os.close, their_output)
            self._output = await self._read_from(output)
            # no pipe: bubblewrap would die of one whose reader is gone, and leave its child waiting for ever
            self._status = _file_of(self._open, b"")
            gate, their_gate = socket.socketpair()
            theirs.callback(their_gate.close)
            self._gate = await asyncio.open_connection(sock=gate)
            given = Descriptors(
                script=_file_of(theirs, job.script.encode()),
                passwd=_file_of(theirs, PASSWD.encode()),
                group=_file_of(theirs, GROUP.encode()),
                status=self._status,
                seccomp=_file_of(theirs, seccomp) if seccomp is not None else None,
            )
            said = sandbox_arguments(host, job, folders, given)
            arguments = _file_of(theirs, b"".join(word.encode() + b"\0" for word in said))
            command = launch_command(host, job, folders, arguments, memory_each=self._group is None)
            passed = (arguments, given.script, given.passwd, given.group, given.status, given.seccomp)
            # not the event loop's own: uvloop's leaves to the child whatever else is open and not closed by `exec`
            self._launched = subprocess.Popen(  # noqa: ASYNC220, S603 - back within a millisecond; the script is no part of it
                command,
                stdin=their_gate.fileno(),
                stdout=their_output,
                stderr=their_output,
                pass_fds=[one for one in passed if one is not None],
                env=NO_ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
            self._hold(self._launched.pid)

    async def _read_from(self, descriptor: int) -> asyncio.StreamReader:
        file = os.fdopen(descriptor, "rb", 0)
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
        self._open.callback(transport.close)
        return reader

    async def _wait_for_gate(self) -> None:
        assert self._gate is not None  # noqa: S101 - `_launch` made it
        answer = (await self._gate[0].readline()).decode(errors="replace").strip()
        if answer != "ready":
            raise CannotStart(await self._why_not(answer))
        # told before the first process inside was let on, so it is there
        told = json.loads(os.pread(self._status, LARGEST_STATUS, 0).partition(b"\n")[0])
        self._hold(told["child-pid"])
        if self._group is not None and self._launched is not None:
            for process in (self._launched.pid, told["child-pid"]):
                self._group.take(process)

    async def _why_not(self, answer: str) -> str:
        """Why the gate did not open: its own word, or what was said instead."""
        kind, _, path = answer.partition(" ")
        if kind == "moved":
            return f"the folder {path} is not the one any more that was looked at"
        if kind == "closed":
            return f"the script's user may not write in the folder {path} (docs/scripts.md says who that is)"
        said = await self._output.read(LARGEST_STATUS) if self._output is not None else b""
        return " ".join(said.decode(errors="replace").split())[:MOST_WORDS] or "it ended before it stood"

    def let_go(self) -> None:
        """Start the script."""
        assert self._gate is not None  # noqa: S101 - it stands
        self._gate[1].write(b"go\n")

    async def read(self, most: int) -> bytes:
        """What comes next of standard output and error together; nothing when all of it has ended."""
        assert self._output is not None  # noqa: S101 - it stands
        return await self._output.read(most)

    async def wait(self) -> int:
        """The exit code of the script, once all of the sandbox has ended; as a shell says it, 128 + n for a signal."""
        assert self._launched is not None  # noqa: S101 - it stands
        for process in self._held:
            await _ended(process)
        code = self._launched.wait()
        return code if code >= 0 else 128 - code

    async def end(self) -> bool:
        """End all that is left, and take away what was made for it; False when something could not be ended in time."""
        self.kill()
        is_over = True
        try:
            async with asyncio.timeout(END_SECONDS):
                if self._launched is not None:
                    await self.wait()
        except TimeoutError:
            is_over = False
        finally:
            if self._gate is not None:
                self._gate[1].close()
            self._open.close()
        if self._group is not None:
            await self._group.remove()
        return is_over

    @property
    def was_short_of_memory(self) -> bool:
        """True when the kernel ended a process for want of memory; known in a control group alone."""
        return self._group is not None and self._group.was_short_of_memory()

    def kill(self) -> None:
        """Kill all that is in it, at once."""
        for process in self._held:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(process, signal.SIGKILL)
        if self._group is not None:
            self._group.kill()

    def _hold(self, pid: int) -> None:
        process = os.pidfd_open(pid)
        self._open.callback(os.close, process)
        self._held.append(process)


async def _ended(process: int) -> None:
    """Wait until the process that this open file holds on to has ended: of the first of a namespace, all others too."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process)


def _file_of(files: ExitStack, content: bytes) -> int:
    """An open file in memory with this in it, whole before anybody reads it."""
    descriptor = os.memfd_create("tocsin")
    files.callback(os.close, descriptor)
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
