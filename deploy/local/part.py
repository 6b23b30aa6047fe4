"""An embedded server that a test may run by itself: start, look, kill, start again, stop without a trace."""

import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from deploy.local.processes import Program, Running, all_marked, end, find, gone, pid_file, start, wait_until
from deploy.local.run_dir import make_private
from deploy.local.terminal import CannotStart, last_lines


class Heard(StrEnum):
    """What came of one question to a server."""

    ANSWER = "answer"
    SILENCE = "silence"
    """The connection was not refused, and nothing came."""
    REFUSAL = "refusal"


LOOPBACK = "127.0.0.1"


def ask_port(port: int, question: bytes, seconds: float, host: str = LOOPBACK) -> Heard:
    """What a server makes of these bytes within so many seconds."""
    try:
        with socket.create_connection((host, port), timeout=seconds) as connection:
            connection.sendall(question)
            return Heard.ANSWER if connection.recv(1) else Heard.REFUSAL
    except TimeoutError:
        return Heard.SILENCE
    except OSError:
        return Heard.REFUSAL


class Part(ABC):
    """A broker or a database of one run directory, made of one program or more that start together."""

    name: ClassVar[str]
    known_by: ClassVar[tuple[str, ...]]

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = make_private(run_dir.absolute())
        self._children: list[subprocess.Popen[bytes]] = []

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def programs(self) -> list[Program]: ...

    @abstractmethod
    def prepare(self) -> None:
        """Write what the programs read; called before each start."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it takes work now."""

    @abstractmethod
    def ask(self, seconds: float) -> Heard:
        """One small question that a working server answers at once, with a limit in seconds."""

    @abstractmethod
    def close(self) -> None:
        """Give the claimed ports back."""

    @property
    def pid(self) -> int:
        found = self.running()
        if found is None:
            raise CannotStart(f"The {self.name} of {self.run_dir} does not run.")
        return found.pid

    def running(self) -> Running | None:
        return find(self.run_dir, self.name, self.known_by)

    def start(self, seconds: float = 60) -> Self:
        """Start what does not run and wait until it takes work."""
        self.prepare()
        for program in self.programs():
            if find(self.run_dir, program.name, program.known_by) is None:
                self._children.append(start(program, self.run_dir)[1])
        if not wait_until(self.ready, seconds):
            log = self.run_dir / f"{self.name}.log"
            raise CannotStart(f"The {self.name} was not ready after {seconds:.0f} s.\n{last_lines(log.read_text())}")
        return self

    def kill(self) -> None:
        """As `kill -9` does it; returns when the process is gone."""
        victim = self.running()
        if victim is not None:
            victim.send(signal.SIGKILL)
            gone([victim], 5)

    def stop(self) -> None:
        """End it and all that it started, politely first."""
        for program in reversed(self.programs()):
            found = find(self.run_dir, program.name, program.known_by)
            end([found] if found else [], seconds=10)
            pid_file(self.run_dir, program.name).unlink(missing_ok=True)
        end([process for process, name in all_marked(self.run_dir).items() if name == self.name], seconds=1)
        for child in self._children:
            child.wait(5)
        self._children.clear()
        self.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
