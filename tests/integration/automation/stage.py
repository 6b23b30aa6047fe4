"""Automation on real parts: incidents and alerts are told, runbooks made, executions followed to their end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx2

from services.automation.app import build
from shared.callers.identity import Identity
from shared.events import Event, make
from shared.events.alerts import AlertFact
from shared.events.incidents import IncidentFact
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role
from tests.integration.script_place import ShellPlace, shell_places
from tests.unit.automation.builders import INCIDENT, make_incident, step

OVER = ("succeeded", "failed", "cancelled")


def opened(fact: IncidentFact | None = None, **changes: Any) -> Event:
    """An incident that begins now."""
    told = fact or make_incident(**changes)
    return make("incident.opened.v1", subject=told.id, sequence=1, time=_now(), data=told)


def changed(fact: IncidentFact, sequence: int = 2, name: str = "incident.changed.v1") -> Event:
    """The same incident later."""
    return make(name, subject=fact.id, sequence=sequence, time=_now(), data=fact)


def fired(fact: AlertFact, sequence: int = 1) -> Event:
    """An alert that begins now."""
    return make("alert.opened.v1", subject=fact.id, sequence=sequence, time=_now(), data=fact)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Stage:
    """One automation, with a shell for its scripts."""

    harness: Harness
    runtime: Runtime
    place: ShellPlace

    @property
    def api(self) -> httpx2.AsyncClient:
        """An admin's."""
        return self.harness.client(self.runtime)

    def as_(self, name: str, *teams: str, role: Role = Role.RESPONDER, user: bool = True) -> httpx2.AsyncClient:
        """Somebody's, by a key of theirs; or a key's behind which nobody is."""
        identity = Identity(
            key_id=f"key-of-{name}", name=f"key of {name}", role=role, teams=teams, user_id=name if user else None
        )
        return self.harness.client(self.runtime, identity)

    async def runbook(self, *steps: dict[str, Any], **fields: Any) -> str:
        """Make a runbook of these steps, or one by hand; its id."""
        body = {"name": "Disk full", "steps": list(steps) or [step()], **fields}
        answer = await self.api.post("/runbooks", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def incident(self, **changes: Any) -> str:
        """Tell of an incident that opens; its id."""
        fact = make_incident(**changes)
        await self.harness.publish(opened(fact))
        return fact.id

    async def run(
        self, runbook_id: str, incident_id: str = INCIDENT, *, by: httpx2.AsyncClient | None = None, **body: Any
    ) -> dict[str, Any]:
        """Run a runbook; the execution as it is answered."""
        fields = {"runbook_id": runbook_id, **body}
        answer = await (by or self.api).post(f"/incidents/{incident_id}/run-action", json=fields)
        assert answer.status_code == 202, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def read(self, id: str) -> dict[str, Any]:
        """An execution as it is now."""
        answer = await self.api.get(f"/executions/{id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def until(self, id: str, *states: str, seconds: float = 20) -> dict[str, Any]:
        """The execution once it is in one of these states; none said: once it is over."""
        wanted = states or OVER
        return await eventually(partial(self.read, id), seconds=seconds, until=lambda one: one["state"] in wanted)

    async def of(self, incident_id: str = INCIDENT, count: int = 1, seconds: float = 10) -> list[dict[str, Any]]:
        """The executions for an incident, once there are so many."""

        async def read() -> list[dict[str, Any]]:
            answer = await self.api.get("/executions", params={"incident_id": incident_id})
            found: list[dict[str, Any]] = answer.json()["items"]
            return found

        return await eventually(read, seconds=seconds, until=lambda found: len(found) >= count)


async def open_stage(harness: Harness) -> Stage:
    """Start automation, and connect what it is followed by."""
    place = ShellPlace()
    runtime = await harness.start("automation", partial(build, places=shell_places(place)))
    return Stage(harness, runtime, place)
