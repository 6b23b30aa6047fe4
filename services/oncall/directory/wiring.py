"""Puts the directory together: its copy in memory, its routes, and what is told of it again on request."""

from __future__ import annotations

from services.oncall.deletion.api import UseCheck
from services.oncall.directory.api import policies as policy_routes
from services.oncall.directory.api import teams as team_routes
from services.oncall.directory.api import users as user_routes
from services.oncall.directory.entry import Kind
from services.oncall.directory.store import DirectoryStore
from shared.runtime import Runtime

TOLD = {
    "user.changed.v1": Kind.USER,
    "user.erased.v1": Kind.USER,
    "team.changed.v1": Kind.TEAM,
    "schedule.changed.v1": Kind.SCHEDULE,
    "policy.changed.v1": Kind.POLICY,
}
"""The events about entries, and the kind of entry each is about."""


def open_directory(runtime: Runtime) -> DirectoryStore:
    """The directory, whose copy follows what is stored from the process's start on."""
    directory = DirectoryStore(runtime)
    runtime.on_start(directory.look)
    runtime.worker(directory.watch)
    for name, kind in TOLD.items():
        runtime.snapshots(name, directory.snapshots(kind, name))
    return directory


def add_routes(runtime: Runtime, directory: DirectoryStore, uses: UseCheck) -> None:
    """Adds `/users…`, `/teams…` and `/escalation-policies…`."""
    for kind in (user_routes, team_routes, policy_routes):
        runtime.routes(kind.routes(directory, uses, runtime.clock))
