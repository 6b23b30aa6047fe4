"""All places where scripts run: the sandbox, and the targets that are registered."""

from __future__ import annotations

from services.automation.scripts.choice import ChosenPlace, NoPlace
from services.automation.scripts.place import ScriptPlace
from services.automation.scripts.request import MATCH, SANDBOX, PlaceRequest
from services.automation.targets.remote_script import RemotePlace
from services.automation.targets.ssh_client import SshClient
from services.automation.targets.store import Targets
from services.automation.targets.target import Target, find_match, why_not_for
from shared.kept.entries import Entry
from shared.secrecy.sealing import Seal


class Places:
    """Chooses among the sandbox and the targets; `ScriptPlaces` for the whole of automation."""

    def __init__(self, sandbox: ScriptPlace, targets: Targets, client: SshClient, seal: Seal) -> None:
        self._sandbox = sandbox
        self._targets = targets
        self._client = client
        self._seal = seal

    async def choose(self, request: PlaceRequest) -> ChosenPlace | NoPlace:
        """The place for one script, or why there is none."""
        if request.on == SANDBOX:
            return ChosenPlace(self._sandbox, "the sandbox beside automation", "the sandbox's own user")
        found = await self._find(request)
        if isinstance(found, str):
            return NoPlace(found)
        if why := why_not_for(found.content, request):
            return NoPlace(why)
        place = self.connect(found.content)
        if isinstance(place, NoPlace):
            return place
        target = found.content
        return ChosenPlace(place, f"{target.name} ({target.host}:{target.port})", target.user)

    async def why_unknown(self, on: str, team: str | None) -> str | None:
        """Why a runbook of `team` can't name this place; None when it can."""
        if on in (SANDBOX, MATCH):
            return None
        found = await self._targets.get(on)
        if found is None or (team is not None and found.content.team != team):
            return f"there is no target called {on[:128]!r}"
        return None

    def connect(self, target: Target) -> RemotePlace | NoPlace:
        """The place that a target is; none when its key can't be read any more."""
        if target.sealed_key is None:
            return RemotePlace(self._client, target, None)
        key = self._seal.open(target.sealed_key)
        if key is None:
            return NoPlace(f"the key of {target.name!r} can't be read under this TOCSIN_SECRET_KEY: set it anew")
        return RemotePlace(self._client, target, key.decode())

    async def _find(self, request: PlaceRequest) -> Entry[Target] | str:
        if request.on != MATCH:
            return await self._targets.get(request.on) or f"there is no target called {request.on[:128]!r}"
        if request.service_team is None:
            return "the incident's service belongs to no team, so no target can match"
        return find_match(await self._targets.of_team(request.service_team), request.labels)
