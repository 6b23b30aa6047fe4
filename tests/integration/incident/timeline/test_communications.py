"""What comms notes of an incident stands on its timeline, once, however often it is told."""

from __future__ import annotations

from typing import Any

import pytest

from services.incident.app import build
from shared.events import Event, make
from shared.events.communication import CommunicationFact, CommunicationKind
from shared.testing.harness import Harness, eventually
from tests.unit.incident.builders import NOW

pytestmark = pytest.mark.integration


def noted(incident: str, id: str, text: str) -> Event:
    fact = CommunicationFact(
        id=id, incident_id=incident, kind=CommunicationKind.STATUS_PAGE, text=text, by="mona", at=NOW
    )
    return make("communication.noted.v1", subject=incident, sequence=1, time=NOW, data=fact, id=f"event-{id}")


async def test_it_is_one_line_and_what_speaks_of_no_incident_holds_nothing_up(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    key = (await client.post("/incidents", json={"title": "Disk full"})).json()["id"]
    first, second = noted(key, "c1", "the page says: investigating"), noted(key, "c2", "the page says: resolved")
    await harness.publish(first, noted("INC-20261121-9998", "c3", "lost"), first, second)

    async def ask() -> list[dict[str, Any]]:
        items = (await client.get(f"/incidents/{key}/timeline")).json()["items"]
        return [item for item in items if item["kind"] == "status_page"]

    lines = await eventually(ask, until=lambda lines: len(lines) == 2)
    assert {(line["author"], line["text"]) for line in lines} == {
        ("mona", "the page says: investigating"),
        ("mona", "the page says: resolved"),
    }
