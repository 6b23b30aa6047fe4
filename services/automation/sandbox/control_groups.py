"""Where this process may make control groups, as the kernel tells it. Pure.

Of version 2 a group may lie below our own, where a service manager delegated it, or beside it, as in a person's own
session; of version 1 memory and processes are counted in two trees. Source: cgroups(7), proc(5).
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

COUNTED = ("memory", "pids")
"""What must be counted for a group to be a limit."""


@dataclass(frozen=True, slots=True)
class GroupPlace:
    """Folders below which a group is made: one of version 2, or one for each of `COUNTED` of version 1."""

    version: int
    folders: tuple[str, ...]


def find_group_places(mounts: str, own: str) -> list[GroupPlace]:
    """The places to try, best first: `mounts` is `/proc/self/mountinfo`, `own` is `/proc/self/cgroup`."""
    mine = {name: path for line in own.splitlines() for name, path in _membership(line)}
    mounted = [one for one in map(_mounted, mounts.splitlines()) if one is not None]
    places = []
    for mount in mounted:
        folder = mount.folder_of(mine.get("", "")) if mount.version == 2 else None
        if folder is not None:
            places.append(GroupPlace(2, (folder,)))
            if folder != mount.point:
                places.append(GroupPlace(2, (posixpath.dirname(folder),)))
    found = {
        name: folder
        for mount in mounted
        for name in COUNTED
        if mount.version == 1 and name in mount.options and (folder := mount.folder_of(mine.get(name, "")))
    }
    if len(found) == len(COUNTED):
        places.append(GroupPlace(1, tuple(found[name] for name in COUNTED)))
    return places


@dataclass(frozen=True, slots=True)
class _Mount:
    version: int
    root: str
    point: str
    options: tuple[str, ...]

    def folder_of(self, group: str) -> str | None:
        """Where the folder of a group is; None for one that this mount does not show."""
        if not group.startswith("/") or ".." in group.split("/"):
            return None
        below = posixpath.relpath(group, self.root)
        if below.startswith(".."):
            return None
        return posixpath.normpath(posixpath.join(self.point, below))


def _membership(line: str) -> list[tuple[str, str]]:
    """The controllers of a line of `/proc/self/cgroup` with our group there; version 2 has the empty name."""
    number, _, rest = line.partition(":")
    names, _, path = rest.partition(":")
    return [("", path)] if number == "0" else [(name, path) for name in names.split(",")]


def _mounted(line: str) -> _Mount | None:
    """A line of `/proc/self/mountinfo` that is a tree of control groups."""
    before, _, after = line.partition(" - ")
    fields, kinds = before.split(), after.split()
    if len(fields) < 5 or len(kinds) < 3 or kinds[0] not in ("cgroup", "cgroup2"):
        return None
    root, point = (one.replace("\\040", " ") for one in fields[3:5])
    return _Mount(2 if kinds[0] == "cgroup2" else 1, root, point, tuple(kinds[2].split(",")))
