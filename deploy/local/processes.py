"""A process is ours when its environment says so, and it is known by its number together with its start time.

Every process is started in a session of its own, so it outlives whoever started it, and carries a mark that names its
run directory and its name. The mark is what makes adoption safe (a pid file may name a stranger by now) and `stop`
complete (whatever else one of ours has started carries the same mark).
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.run_dir import write_whole

MARK = "TOCSIN_SUPERVISED"
LOG_CAP_BYTES = 20_000_000


@dataclass(frozen=True)
class Program:
    """What a supervised process is started with, and a word of its command line that it is known by again."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    folder: Path
    known_by: tuple[str, ...]


@dataclass(frozen=True)
class Running:
    pid: int
    started: int
    """Clock ticks between the machine's boot and the process's start."""

    def alive(self) -> bool:
        return _start_time(self.pid) == self.started

    def send(self, number: signal.Signals) -> None:
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def start(program: Program, run_dir: Path) -> tuple[Running, subprocess.Popen[bytes]]:
    """Start it, its log beside its pid file; from then on it is found. The caller reaps it."""
    log = run_dir / f"{program.name}.log"
    keep_log_small(log)
    with log.open("ab") as output:
        child = subprocess.Popen(
            program.command,
            cwd=program.folder,
            env={**program.environ, MARK: mark(run_dir, program.name)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # for an instant after its start a process shows no environment, and nobody would know it for ours
    wait_until(lambda: _mark_of(child.pid) is not None or child.poll() is not None, 1, every=0.001)
    write_whole(pid_file(run_dir, program.name), f"{child.pid}\n")
    return Running(child.pid, _start_time(child.pid) or 0), child


def find(run_dir: Path, name: str, known_by: Iterable[str]) -> Running | None:
    """The running process of that name: the one its pid file names, else one whose pid file was lost."""
    known_by = tuple(known_by)
    for pid in (_read_pid(pid_file(run_dir, name)), *_pids()):
        if pid and _mark_of(pid) == mark(run_dir, name) and _is_it(pid, known_by):
            started = _start_time(pid)
            if started is not None:
                return Running(pid, started)
    return None


def all_marked(run_dir: Path) -> dict[Running, str]:
    """Everything that was started for this run directory, whoever started it, and the name it was started under."""
    found: dict[Running, str] = {}
    for pid in _pids():
        ours, _, name = (_mark_of(pid) or "").rpartition(":")
        started = _start_time(pid) if ours == str(run_dir) and pid != os.getpid() else None
        if started is not None:
            found[Running(pid, started)] = name
    return found


def all_marked_below(folder: Path) -> list[Running]:
    """Everything that was started for this folder, or a run directory below it."""
    found = []
    for pid in _pids():
        ours = Path((_mark_of(pid) or "").rpartition(":")[0])
        started = _start_time(pid) if ours == folder or folder in ours.parents else None
        if started is not None and pid != os.getpid():
            found.append(Running(pid, started))
    return found


def all_with(variable: str, value: str) -> list[Running]:
    """Everything but this process whose environment says so at its start, whoever started it."""
    running = ((pid, _start_time(pid)) for pid in _pids() if _variable_of(pid, variable) == value)
    return [Running(pid, started) for pid, started in running if started is not None and pid != os.getpid()]


def end(processes: Collection[Running], *, seconds: float) -> None:
    """SIGTERM, then SIGKILL for what has not drained in time; returns when all are gone."""
    for process in processes:
        process.send(signal.SIGTERM)
    if not gone(processes, seconds):
        for process in processes:
            process.send(signal.SIGKILL)
        gone(processes, 5)


def gone(processes: Collection[Running], seconds: float) -> bool:
    """Wait for their end; whether all of them came to it in time."""
    return wait_until(lambda: not any(process.alive() for process in processes), seconds, every=0.02)


def wait_until(done: Callable[[], bool], seconds: float, *, every: float = 0.05) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True


def keep_log_small(log: Path) -> None:
    """Past the cap what is written moves to `<name>.log.1`; a process that has the log open goes on writing to it."""
    if log.exists() and log.stat().st_size > LOG_CAP_BYTES:
        log.with_name(f"{log.name}.1").write_bytes(log.read_bytes())
        os.truncate(log, 0)


def pid_file(run_dir: Path, name: str) -> Path:
    return run_dir / f"{name}.pid"


def mark(run_dir: Path, name: str) -> str:
    return f"{run_dir}:{name}"


def _read_pid(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _pids() -> Iterator[int]:
    return (int(entry) for entry in os.listdir("/proc") if entry.isdigit())  # noqa: PTH208 - names, not paths


def _mark_of(pid: int) -> str | None:
    return _variable_of(pid, MARK)


def _variable_of(pid: int, name: str) -> str | None:
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return None
    prefix = f"{name}=".encode()
    return next((os.fsdecode(entry[len(prefix) :]) for entry in environ.split(b"\0") if entry.startswith(prefix)), None)


def _is_it(pid: int, known_by: tuple[str, ...]) -> bool:
    """A descendant carries the mark too, but leads no session or shows another command line."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        return os.getsid(pid) == pid and any(word in command for word in known_by)
    except OSError:
        return False


def _start_time(pid: int) -> int | None:
    """None for a process that is gone or dead and waits to be reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19])
