"""Acknowledge links whose day is not over, but whose page or person is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.incident.app import build
from shared.events import make
from shared.events.oncall import UserErased, UserFact
from shared.secrecy.signed_links import make_ack_token
from shared.testing.harness import Harness, eventually

pytestmark = pytest.mark.integration


def link(harness: Harness, incident: str, generation: int = 1, person: str = "sara") -> str:
    token = make_ack_token(
        harness.settings.secret_key,
        incident_id=incident,
        generation=generation,
        user_id=person,
        page_id="p1",
        requested_at=datetime.now(UTC),
    )
    return f"/a/{token}"


async def test_the_link_of_an_answered_page_does_not_answer_what_came_after(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    key = (await client.post("/incidents", json={"title": "Disk is full", "severity": "high"})).json()["id"]
    old = link(harness, key)
    assert (await client.post(old)).status_code == 200
    assert (await client.post(old)).status_code == 200, "pressing twice is as good as once"
    await client.put(f"/incidents/{key}/status", json={"severity": "critical"})
    for answer in (await client.post(old), await client.get(old)):
        assert (answer.status_code, answer.json()["code"]) == (410, "page_over")
    page = await client.get(old, headers={"accept": "text/html"})
    assert (page.status_code, "<button" in page.text) == (410, False)
    assert (await client.post(link(harness, key, generation=2))).status_code == 200
    assert (await client.post(old)).status_code == 200, "nobody is paged: it says that it is answered"


async def test_the_link_of_somebody_who_is_gone_changes_nothing(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    key = (await client.post("/incidents", json={"title": "Disk is full"})).json()["id"]
    sara = UserFact(id="sara", name="Sara", email="sara@example.org")
    now = datetime.now(UTC)
    await harness.publish(make("user.changed.v1", subject="sara", sequence=1, time=now, data=sara))
    await harness.publish(make("user.erased.v1", subject="sara", sequence=2, time=now, data=UserErased(id="sara")))

    async def pressed() -> tuple[int, str]:
        answer = await client.get(link(harness, key))
        return answer.status_code, answer.json()["code"] if answer.status_code == 410 else ""

    assert await eventually(pressed, until=lambda seen: seen[0] == 410) == (410, "person_gone")
    assert (await client.post(link(harness, key))).status_code == 410
    assert (await client.get(f"/incidents/{key}")).json()["status"] == "triggered"
    assert (await client.post(link(harness, key, person="never-heard-of"))).status_code == 200
