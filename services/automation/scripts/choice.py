"""Where a script runs: a step says `sandbox`, a target's id, or `match`, and gets a place or a reason for none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.automation.scripts.place import ScriptPlace
from services.automation.scripts.request import MATCH, SANDBOX, PlaceRequest


@dataclass(frozen=True, slots=True)
class ChosenPlace:
    """A place, and how people call it."""

    place: ScriptPlace
    where: str
    as_whom: str


@dataclass(frozen=True, slots=True)
class NoPlace:
    """There is none, and why, in one sentence."""

    why: str


class ScriptPlaces(Protocol):
    """All places that there are."""

    async def choose(self, request: PlaceRequest) -> ChosenPlace | NoPlace:
        """The place for one script; `match` takes a machine whose labels agree with the alert's."""

    async def why_unknown(self, on: str, team: str | None) -> str | None:
        """Why a runbook of `team` can't name this place; None when it can."""


class SandboxOnly:
    """The places of an automation without machines to reach: its own sandbox, or none at all."""

    def __init__(self, sandbox: ScriptPlace | None = None) -> None:
        self._sandbox = sandbox

    async def choose(self, request: PlaceRequest) -> ChosenPlace | NoPlace:
        """The sandbox, if that is asked for and there is one."""
        on = request.on
        if on == SANDBOX and self._sandbox is not None:
            return ChosenPlace(self._sandbox, "the sandbox beside automation", "the sandbox's own user")
        return NoPlace("no place for scripts is set up" if on == SANDBOX else f"there is no target called {on[:128]!r}")

    async def why_unknown(self, on: str, team: str | None) -> str | None:  # noqa: ARG002
        """Names of targets are unknown, all of them; `match` may find one some day."""
        return None if on in (SANDBOX, MATCH) else f"there is no target called {on[:128]!r}"
