"""What analytics asks of its collections: no question reads all of one, but those that are small."""

from __future__ import annotations

import pytest
from pymongo import monitoring

from services.analytics.app import build
from services.incident.app import build as build_incident
from shared.testing.harness import Harness, eventually
from shared.testing.plans import Heard

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)
SMALL = {"patterns", "found_patterns"}
"""A document for each problem that an organisation has; all of them are wanted."""
RESOLUTION = {"actions_taken": ["removed the old logs"], "root_cause": "no rotation"}


async def test_no_question_reads_a_whole_collection(harness: Harness) -> None:
    incident = harness.client(await harness.start("incident", build_incident))
    HEARD.database = f"{harness.settings.namespace}_analytics"
    runtime = await harness.start("analytics", build)
    client = harness.client(runtime)
    made = ""
    for number in range(4):
        made = (await incident.post("/incidents", json={"title": f"Disk full on db-{number}"})).json()["id"]
        if number < 3:
            await incident.post(f"/incidents/{made}/resolve", json=RESOLUTION)

    async def is_found() -> bool:
        found = (await client.get("/knowledge-base/search", params={"q": "disk full", "kind": "incident"})).json()
        return len(found["items"]) == 4

    await eventually(is_found, seconds=30)
    HEARD.asked.clear()  # a process that starts reads all there is, once
    (cluster,) = (await client.get("/analytics/trends")).json()["clusters"]
    begun = await incident.post("/incidents", json={"title": "Disk full on db-9"})
    for path in (
        f"/incidents/{made}/similar", "/knowledge-base/search?q=disk", "/knowledge-base/patterns",
        "/knowledge-base/patterns.md", "/analytics/trends?group_by=team", f"/analytics/clusters/{cluster['id']}",
    ):  # fmt: skip
        assert (await client.get(path)).status_code == 200, path
    at = f"/analytics/clusters/{cluster['id']}"
    assert (await client.patch(at, json={"name": "Disks"})).status_code == 200
    split = await client.post(f"{at}/split", json={"incident_ids": [made]})
    assert split.status_code == 201, split.text
    other = split.headers["Location"].rpartition("/")[2]
    assert (await client.post(f"/analytics/clusters/{other}/merge", json={"into": cluster["id"]})).status_code == 200
    notes = (await client.get("/knowledge-base/patterns.md")).text
    assert (await client.put("/knowledge-base/patterns.md", content=notes.encode())).status_code == 200

    async def is_told() -> bool:
        answer = await client.get(f"/incidents/{begun.json()['id']}/similar")
        return bool(answer.status_code == 200 and answer.json()["items"])

    await eventually(is_told, seconds=30)
    wanted = {"incidents", "actions", "clusters", "cluster_moves", "hints", "runbooks", "executions"}
    await eventually(lambda: wanted - {one.collection for one in HEARD.asked}, seconds=30, until=lambda left: not left)
    assert [one for one in await HEARD.scans(runtime.database) if one.collection not in SMALL] == []
