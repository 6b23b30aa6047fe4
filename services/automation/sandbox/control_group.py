"""Control groups: the memory and the number of all processes of one script together, and an end to all of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from pathlib import Path
from secrets import token_hex

from services.automation.sandbox.bubblewrap import SUPERVISING
from services.automation.sandbox.control_groups import GroupPlace, find_group_places
from services.automation.scripts.job import ScriptLimits
from shared.process.logs import get_logger

PREFIX = "tocsin-script"
GONE_SECONDS = 1.0
"""A group may be removed when the kernel has buried the last of its processes, a moment after its end."""

log = get_logger(__name__)


class ControlGroup:
    """The group of one script. Its files are the kernel's: writing to them takes microseconds."""

    def __init__(self, version: int, folders: tuple[Path, ...]) -> None:
        self._version = version
        self._folders = folders

    @classmethod
    def make(cls, place: GroupPlace, name: str, memory_bytes: int, processes: int) -> ControlGroup:
        """A group with limits and nobody in it. Raises `OSError` where none can be made."""
        group = cls(place.version, tuple(Path(folder) / name for folder in place.folders))
        try:
            for folder in group._folders:
                folder.mkdir()
            group._limit(memory_bytes, processes)
        except OSError:
            group.remove_now()
            raise
        return group

    def _limit(self, memory_bytes: int, processes: int) -> None:
        memory, pids = self._folders[0], self._folders[-1]
        if self._version == 2:
            (memory / "memory.max").write_text(str(memory_bytes))
            _write_if_there(memory / "memory.swap.max", "0")
            _write_if_there(memory / "memory.oom.group", "1")
        else:
            (memory / "memory.limit_in_bytes").write_text(str(memory_bytes))
            _write_if_there(memory / "memory.memsw.limit_in_bytes", str(memory_bytes))
        (pids / "pids.max").write_text(str(processes))

    def take(self, process: int) -> None:
        """Move a process in; what it starts from now on is in as well. Raises `OSError`."""
        for folder in self._folders:
            (folder / "cgroup.procs").write_text(str(process))

    def was_short_of_memory(self) -> bool:
        """True when the kernel ended a process of it for want of memory."""
        told = "memory.events" if self._version == 2 else "memory.oom_control"
        try:
            found = re.search(r"^oom_kill (\d+)", (self._folders[0] / told).read_text(), re.MULTILINE)
        except OSError:
            return False
        return found is not None and found[1] != "0"

    def kill(self) -> None:
        """End all that is in it.

        Of version 2 the kernel does it at one stroke. Of version 1, and before Linux 5.14, each that is listed is
        ended: what is started meanwhile is ended by the next call (`remove`).
        """
        try:
            if self._version == 2 and (every := self._folders[0] / "cgroup.kill").exists():
                every.write_text("1")
                return
            processes = (self._folders[-1] / "cgroup.procs").read_text().split()
        except OSError:
            return
        for process in processes:
            # one that has ended since keeps none of the others
            with contextlib.suppress(OSError):
                os.kill(int(process), signal.SIGKILL)

    async def remove(self) -> None:
        """Remove it; what is still in it is ended first."""
        until = asyncio.get_running_loop().time() + GONE_SECONDS
        while not self.remove_now():
            if asyncio.get_running_loop().time() > until:
                log.warning("a control group stays", folder=str(self._folders[0]))
                return
            self.kill()
            await asyncio.sleep(0.005)

    def remove_now(self) -> bool:
        """Remove it if nothing is in it any more; False when something is."""
        for folder in self._folders:
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                return False
        return True


class ControlGroups:
    """Makes groups at one place."""

    def __init__(self, place: GroupPlace) -> None:
        self.place = place

    def make(self, limits: ScriptLimits) -> ControlGroup:
        """A group for one script. Raises `OSError`."""
        name = f"{PREFIX}-{os.getpid()}-{token_hex(6)}"  # another process may have this number, in a container
        return ControlGroup.make(self.place, name, limits.memory_bytes, limits.processes + SUPERVISING)

    def clear(self) -> None:
        """Remove what processes that are no more have left."""
        for folder in self.place.folders:
            for left in Path(folder).glob(f"{PREFIX}-*-*"):
                owner = left.name.split("-")[2]
                if owner.isdigit() and not Path(f"/proc/{owner}").exists():
                    ControlGroup(self.place.version, (left,)).remove_now()


def group_makers() -> list[ControlGroups]:
    """One for each place where groups may be made, best first; whether it is so, trying tells."""
    try:
        mounts, own = Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text()
    except OSError:
        return []
    makers = []
    for place in find_group_places(mounts, own):
        if place.version == 2 and not _counts_below(Path(place.folders[0])):
            continue
        makers.append(ControlGroups(place))
    return makers


def _counts_below(folder: Path) -> bool:
    """True when groups below this one of version 2 count memory and processes; asks for it where it may."""
    control = folder / "cgroup.subtree_control"
    try:
        if not {"memory", "pids"} <= set(control.read_text().split()):
            control.write_text("+memory +pids")
        return {"memory", "pids"} <= set(control.read_text().split())
    except OSError:
        return False


def _write_if_there(file: Path, text: str) -> None:
    """What not every kernel has."""
    if file.exists():
        file.write_text(text)
