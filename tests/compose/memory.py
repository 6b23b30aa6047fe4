"""What the kernel says of a container's memory, whichever kind of control groups it has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Memory:
    """In bytes."""

    limit: int
    peak: int
    """The most it ever had, files that are kept in memory included."""


def memory_of(pid: int) -> Memory:
    """Of the container whose first process this is."""
    groups = dict[str, str]()
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        groups[kinds] = path.lstrip("/")
    if "memory" in groups:
        folder = GROUPS / "memory" / groups["memory"]
        return Memory(_read(folder / "memory.limit_in_bytes"), _read(folder / "memory.max_usage_in_bytes"))
    folder = GROUPS / groups[""]
    return Memory(_read(folder / "memory.max"), _read(folder / "memory.peak"))


def _read(file: Path) -> int:
    return int(file.read_text())
