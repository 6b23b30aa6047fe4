"""The incident's view carries the past incident that it is like, once that is told."""

from __future__ import annotations

import pytest

from services.incident.app import build
from services.incident.similar_incidents.store import SIMILAR_INCIDENTS
from shared.events import make
from shared.events.incidents import SimilarFact
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually
from shared.testing.story import BEGAN

pytestmark = pytest.mark.integration


async def test_an_incident_shows_what_it_is_like_once_it_is_told(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    client = harness.client(runtime)
    opened = (await client.post("/incidents", json={"title": "Disk full"})).json()
    assert (await client.get(f"/incidents/{opened['id']}")).json()["similar"] is None
    fact = example("similar.found.v1").data
    assert isinstance(fact, SimilarFact)
    told = fact.changed(incident_id=opened["id"])
    await harness.publish(make("similar.found.v1", subject=opened["id"], sequence=1, time=BEGAN, data=told))
    copies = runtime.database.collection(SIMILAR_INCIDENTS)
    await eventually(lambda: copies.count_documents({}), until=lambda count: count == 1)
    shown = (await client.get(f"/incidents/{opened['id']}")).json()
    assert shown["similar"]["id"] == fact.similar_id
    assert shown["similar"]["solution"] == fact.solution
    assert shown["version"] == opened["version"], "it is no change of the incident"
