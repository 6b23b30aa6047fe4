"""The first path: a real Alertmanager fires, the on-call engineer is paged, and what happens next is up to people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from shared.testing.peers.alertmanager import Alertmanager, telling
from shared.testing.webhook_sink import verify
from tests.scenarios.world import LATE_SECONDS, Person, World

TIMEOUT = 3


@dataclass(frozen=True)
class Watch:
    """A real Alertmanager that tells Tocsin, and the team that answers for one service."""

    world: World
    peer: Alertmanager
    engineer: Person
    manager: Person
    service: str

    async def fire(self, name: str = "HighErrorRate") -> dict[str, Any]:
        """An alert begins; returns the incident it opened."""
        await asyncio.to_thread(self.peer.fire, self._labels(name), {"summary": "the error rate is high"})
        return await self.world.incident(self.service)

    async def end(self, name: str = "HighErrorRate") -> None:
        """That alert ends."""
        await asyncio.to_thread(self.peer.resolve, self._labels(name), {"summary": "the error rate is high"})

    def _labels(self, name: str) -> dict[str, str]:
        return {"alertname": name, "service": self.service, "severity": "critical"}


@pytest.fixture
async def watch(world: World, real_alertmanager: None) -> AsyncIterator[Watch]:
    engineer, manager, service = await world.on_call_team(timeout=TIMEOUT)
    integration = await world.integration("alertmanager")
    url = str(world.api.base_url.join("/incidents/webhook?source=alertmanager"))
    with await asyncio.to_thread(Alertmanager, telling(url, integration["key"])) as peer:
        yield Watch(world, peer, engineer, manager, service)


async def test_an_alert_of_a_real_alertmanager_opens_an_incident_that_says_what_it_said(watch: Watch) -> None:
    incident = await watch.fire()
    assert incident["title"] == "the error rate is high"
    assert (incident["status"], incident["severity"]) == ("triggered", "critical")
    assert incident["service_id"] == watch.service
    assert incident["id"].startswith("INC-")


async def test_the_on_call_engineer_gets_a_mail_and_a_signed_webhook(watch: Watch) -> None:
    incident = await watch.fire()
    mail = await watch.engineer.mailed()
    page = await watch.engineer.paged()
    assert incident["id"] in mail.subject + mail.text()
    assert "the error rate is high" in mail.text()
    assert "the error rate is high" in mail.html()
    said = page.json()
    assert said["incident"]["id"] == incident["id"]
    assert (said["user"], said["step"], said["round"], said["reason"]) == (watch.engineer.id, 1, 0, "escalation")
    assert page.headers["webhook-id"] == said["page_id"]
    secret = await watch.world.get("/contact-methods/webhook-secret", user_id=watch.engineer.id, method_id="webhook")
    verify(page, secret["secret"])


async def test_when_nobody_answers_the_manager_is_paged_on_time(watch: Watch) -> None:
    await watch.fire()
    first = await watch.engineer.paged()
    second = await watch.manager.paged(seconds=TIMEOUT + 10)
    assert -0.5 <= second.at - first.at - TIMEOUT <= LATE_SECONDS
    assert second.json()["step"] == 2


async def test_an_acknowledgement_in_time_means_that_the_manager_is_never_paged(watch: Watch) -> None:
    incident = await watch.fire()
    await watch.engineer.paged()
    acknowledged = await watch.world.post(f"/incidents/{incident['id']}/ack")
    assert acknowledged["status"] == "acknowledged"
    await asyncio.sleep(TIMEOUT + LATE_SECONDS)
    assert watch.manager.posts() == []
    assert watch.manager.mails() == []


async def test_an_acknowledgement_after_the_manager_was_paged_ends_the_escalation(watch: Watch) -> None:
    incident = await watch.fire()
    await watch.manager.paged(seconds=TIMEOUT + 10)
    await watch.world.post(f"/incidents/{incident['id']}/ack")
    paged = len(watch.engineer.posts()) + len(watch.manager.posts())
    await asyncio.sleep(LATE_SECONDS)
    assert len(watch.engineer.posts()) + len(watch.manager.posts()) == paged


async def test_when_the_alert_resolves_in_alertmanager_the_incident_resolves(watch: Watch) -> None:
    incident = await watch.fire()
    await watch.engineer.paged()
    await watch.end()
    resolved = await watch.world.becomes(incident["id"], "resolved")
    assert resolved["resolved_at"] is not None
    assert resolved["alerts"] == {"count": 1, "firing": 0}


async def test_resolving_also_ends_an_acknowledged_incident_and_all_paging(watch: Watch) -> None:
    incident = await watch.fire()
    await watch.engineer.paged()
    await watch.world.post(f"/incidents/{incident['id']}/ack")
    await watch.end()
    await watch.world.becomes(incident["id"], "resolved")
    await asyncio.sleep(TIMEOUT + 1)
    assert watch.manager.posts() == []
