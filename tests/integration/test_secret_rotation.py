"""`TOCSIN_SECRET_KEY` is changed: `old`, then `new,old`, then `new` alone; every process starts anew in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from services.comms.app import build as build_comms
from services.incident.app import build as build_incident
from shared.runtime import Runtime
from shared.secrecy.signed_links import make_ack_token
from shared.testing.harness import Harness, eventually
from shared.testing.mail_sink import MailSink
from shared.testing.peers.jira import EMAIL, PROJECT, TOKEN, JiraServer
from tests.integration.gateway.test_gateway import code
from tests.unit.comms.tickets.builders import action_told, make_action

pytestmark = pytest.mark.integration

OLD, NEW = "old-" * 8, "new-" * 8


@pytest.fixture
def mails() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture
def jira() -> Iterator[JiraServer]:
    with JiraServer() as server:
        yield server


class Parts:
    """Incident and comms, and the links that people hold."""

    def __init__(self, harness: Harness, mails: MailSink, jira: JiraServer) -> None:
        self.harness, self.mails, self.jira = harness, mails, jira
        self.running: list[Runtime] = []

    async def start(self, secret_key: str) -> None:
        for runtime in self.running:
            await self.harness.stop(runtime)
        allowed = {"outbound_allow": ["127.0.0.0/8"], "smtp_url": self.mails.url, "mail_from": "t@example.org"}
        self.harness.settings = self.harness.settings.model_copy(update={"secret_key": secret_key, **allowed})
        self.running = [
            await self.harness.start("incident", build_incident),
            await self.harness.start("comms", build_comms),
        ]

    @property
    def incident(self) -> httpx2.AsyncClient:
        return self.harness.client(self.running[0])

    @property
    def comms(self) -> httpx2.AsyncClient:
        return self.harness.client(self.running[1])

    async def incident_link(self) -> str:
        made = await self.incident.post("/incidents", json={"title": "Disk is full", "severity": "high"})
        who = {"incident_id": made.json()["id"], "generation": 1, "user_id": "sara", "page_id": "p1"}
        return f"/a/{make_ack_token(self.harness.settings.secret_key, requested_at=datetime.now(UTC), **who)}"

    async def subscribed(self, address: str) -> str:
        """The path by which a new subscriber confirms."""
        answer = await self.comms.post("/status/acme/subscribers", data={"email": address})
        assert answer.status_code == 200, answer.text
        (mail,) = await eventually(lambda: self.mails.to(address), seconds=20)
        found = re.search(r"/status/acme/confirm/[\w.-]+", mail.text())
        assert found is not None
        return found[0]

    async def action(self, key: str) -> dict[str, Any]:
        """What becomes of the ticket of a new action."""
        await self.harness.publish(action_told(make_action(id=key), 1))

        async def ticket() -> dict[str, Any]:
            items = (await self.comms.get("/integrations/jira/tickets")).json()["items"]
            return next((one for one in items if one["action_id"] == key), {})

        return await eventually(ticket, until=lambda one: one.get("sync") not in (None, "pending"), seconds=20)


async def test_links_and_sealed_tokens_of_before_go_on_until_the_old_secret_is_taken_out(
    harness: Harness, mails: MailSink, jira: JiraServer
) -> None:
    parts = Parts(harness, mails, jira)
    await parts.start(OLD)
    project = {"base_url": jira.url, "email": EMAIL, "api_token": TOKEN, "project_key": PROJECT, "issue_type": "Task"}
    assert (await parts.comms.post("/integrations/jira", json=project)).status_code == 201
    page = {"slug": "acme", "name": "Acme", "components": []}
    assert (await parts.comms.post("/status-pages", json=page)).status_code == 201
    links = [await parts.incident_link() for _ in range(2)]
    confirm = [await parts.subscribed(address) for address in ("a@example.org", "b@example.org")]

    await parts.start(f"{NEW},{OLD}")
    assert (await parts.incident.post(links[0])).status_code == 200
    assert (await parts.comms.post(confirm[0])).status_code == 200
    assert (await parts.action("act_1"))["sync"] == "synced"
    assert (await parts.incident.post(await parts.incident_link())).status_code == 200

    await parts.start(NEW)
    for method in ("GET", "POST"):
        refused = await parts.incident.request(method, links[1])
        assert code(refused) == (404, "not_found")
        assert "not one of ours" in refused.json()["detail"]
    gone = await parts.comms.post(confirm[1])
    assert (gone.status_code, "<html" in gone.text) == (404, True)
    failed = await parts.action("act_2")
    assert (failed["sync"], failed.get("key")) == ("failed", None)
    assert "token" in failed["detail"]
