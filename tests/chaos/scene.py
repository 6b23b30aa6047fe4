"""A stack under attack: what is set up before, how a part is killed, and how the promises are checked afterwards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import httpx2

from shared.testing.harness import PLAIN, eventually
from shared.testing.webhook_sink import WebhookSink
from tests.chaos import promises
from tests.chaos.monitoring import Monitoring
from tests.chaos.promises import Outage, Page

STEP_TIMEOUT = 8
READY_SECONDS = 60.0
ANSWERING = {"ingest", "incident", "oncall", "automation", "comms", "analytics"}
"""The services that say for themselves whether they are ready; of the gateway's answer is seen that it is back."""


class Target(Protocol):
    """What is attacked: a `Stack`, or the same in containers."""

    @property
    def url(self) -> str:
        """Of the gateway."""

    @property
    def admin_key(self) -> str: ...

    def pid(self, name: str) -> int:
        """Of this part's process; 0 or the last one while it does not run."""

    def kill(self, name: str) -> None:
        """As `kill -9` does it."""

    def start(self) -> object:
        """Start what does not run."""

    def base_url(self, name: str) -> str:
        """Where this one process answers."""


class Scene:
    """Many services, one engineer and, `STEP_TIMEOUT` seconds later, one manager for all of them."""

    def __init__(self, stack: Target, hooks: WebhookSink, services: int) -> None:
        self.stack = stack
        self.services = [f"service-{number:02d}" for number in range(services)]
        self.outages: list[Outage] = []
        self._hooks = hooks
        self._api = httpx2.AsyncClient(
            base_url=stack.url, headers={"authorization": f"Bearer {stack.admin_key}"}, timeout=30, trust_env=False
        )

    async def set_up(self) -> None:
        """Make the people, the policy and the services."""
        for person in ("engineer", "manager"):
            method = {"id": "hook", "channel": "webhook", "address": self._hooks.url(person)}
            body = {"id": person, "name": person, "email": f"{person}@example.org", "contact_methods": [method]}
            await self._post("/users", body)
        steps = [
            {"targets": [{"type": "user", "id": "engineer"}], "timeout_seconds": STEP_TIMEOUT},
            {"targets": [{"type": "user", "id": "manager"}], "timeout_seconds": 3600},
        ]
        await self._post("/escalation-policies", {"id": "policy", "name": "policy", "steps": steps})
        for service in self.services:
            await self._post("/services", {"id": service, "name": service, "escalation_policy_id": "policy"})

    async def kill(self, name: str) -> None:
        """`kill -9` one part and wait until all parts run again; the supervisor is started as a person would."""
        before, start = self.stack.pid(name), time.time()
        await asyncio.to_thread(self.stack.kill, name)
        if name == "supervisor":
            await asyncio.to_thread(self.stack.start)
        try:
            await eventually(lambda: self._is_back(name, before), seconds=READY_SECONDS)
        except AssertionError:
            raise AssertionError(f"{name} was not back within {READY_SECONDS:.0f} s") from None
        self.outages.append(Outage(name, start, time.time()))

    async def ready(self) -> bool:
        """Whether the gateway says that all parts are ready."""
        return await _status(f"{self.stack.url}/readyz") == 200

    async def broken_promises(self, monitoring: Monitoring) -> list[str]:
        """Everything that does not hold, once the last escalation had time to move on."""
        await asyncio.sleep(STEP_TIMEOUT + promises.MOST_LATE_SECONDS + 1)
        incidents = await self._all("/incidents")
        listed = [alert["dedup_key"] for alert in await self._all("/alerts")]
        pages = self._pages()
        started = {incident["id"]: await self._began(incident["id"]) for incident in incidents}
        return [
            *(f"refused: {answer}" for answer in monitoring.refused),
            *promises.lost_or_doubled(monitoring.accepted, listed),
            *promises.incidents_per_service(monitoring.first, [incident["service_id"] for incident in incidents]),
            *promises.late_first_pages(monitoring.first, pages, self.outages),
            *promises.late_second_steps(
                {incident: at for incident, at in started.items() if at is not None}, STEP_TIMEOUT, pages, self.outages
            ),
            *(f"incident {incident}: no page is listed" for incident, at in started.items() if at is None),
            *promises.told_twice(pages, self.outages),
        ]

    async def handled(self, instance: str) -> float:
        """How many messages (for a service) this process has handled since it started."""
        return await _metric(f"{self.stack.base_url(instance)}/metrics", "tocsin_messages_total")

    async def idle(self, *instances: str) -> list[str]:
        """Which of these processes have handled nothing since they started."""
        return [instance for instance in instances if await self.handled(instance) == 0]

    async def says_ready(self, instance: str) -> bool:
        """Whether this one process says that it is ready, whatever the gateway says of the whole."""
        return await _status(f"{self.stack.base_url(instance)}/readyz") == 200

    async def gateways(self, tries: int = 40) -> dict[float, float]:
        """How many requests each gateway process has answered, by its start time."""
        found: dict[float, float] = {}
        for _ in range(tries):
            text = await _text(f"{self.stack.url}/metrics")
            found[_sum(text, "process_start_time_seconds")] = _sum(text, "tocsin_http_request_seconds_count")
        return found

    async def close(self) -> None:
        """Close the client; the stack is its owner's."""
        await self._api.aclose()

    async def _is_back(self, name: str, before: int) -> bool:
        if self.stack.pid(name) in (0, before) or not await self.ready():
            return False
        return name.partition(".")[0] not in ANSWERING or await self.says_ready(name)

    async def _began(self, incident_id: str) -> float | None:
        answer = await self._api.get(f"/incidents/{incident_id}/pages")
        rows = [row for row in answer.raise_for_status().json()["items"] if row["step"] == 1]
        return min((datetime.fromisoformat(row["requested_at"]).timestamp() for row in rows), default=None)

    def _pages(self) -> list[Page]:
        return [_page(post.at, post.json()) for person in ("engineer", "manager") for post in self._hooks.to(person)]

    async def _all(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
            page = (await self._api.get(path, params=query)).raise_for_status().json()
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = await self._api.post(path, json=body)
        assert answer.status_code == 201, answer.text


def _page(at: float, said: dict[str, Any]) -> Page:
    incident = said["incident"]
    about = (incident["id"], incident["service_id"], said["user"], said["step"], said["round"], said["reason"])
    return Page(at, said["page_id"], *about)


async def wait_and_kill(scene: Scene, names: Sequence[str], *, pause_seconds: float = 0.7) -> None:
    """Kill each of these in turn, with a moment of normal life between."""
    for name in names:
        await asyncio.sleep(pause_seconds)
        await scene.kill(name)


async def _status(url: str) -> int:
    try:
        async with httpx2.AsyncClient(timeout=3, trust_env=False, verify=PLAIN) as client:
            return (await client.get(url)).status_code
    except httpx2.TransportError:
        return 0


async def _text(url: str) -> str:
    async with httpx2.AsyncClient(timeout=5, trust_env=False, verify=PLAIN) as client:
        return (await client.get(url)).text


async def _metric(url: str, name: str) -> float:
    return _sum(await _text(url), name)


def _sum(text: str, name: str) -> float:
    lines = (line.split() for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} ")))
    return sum(float(line[-1]) for line in lines)
