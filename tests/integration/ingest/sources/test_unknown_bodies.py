"""Bodies of a shape that nobody knows, the whole way: accepted, told apart, shown, resolved, found after an upgrade."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.ingest.alerts.store.heads import COLLECTION
from services.ingest.app import build
from services.ingest.normalisation.dedup_key import head_id, key_space
from shared.ids import derive_id
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from tests.integration.ingest_stage import WEBHOOK, listed

pytestmark = pytest.mark.integration


@pytest.fixture
async def ingest(harness: Harness) -> Runtime:
    return await harness.start("ingest", build)


async def send(client: httpx2.AsyncClient, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        answer = await client.post(WEBHOOK, json=body)
        assert answer.status_code == 202, answer.text


async def statuses(client: httpx2.AsyncClient) -> dict[str, str]:
    return {one["title"]: one["status"] for one in await listed(client)}


async def test_two_bodies_are_two_alerts_until_each_is_said_to_be_over(harness: Harness, ingest: Runtime) -> None:
    client = harness.client(ingest)
    cpu = {"AlarmName": "db-cpu-high", "NewStateValue": "ALARM", "Reason": "97 > 90", "Region": "eu", "token": "t0k3n"}
    await send(client, cpu, {"AlarmName": "api-5xx"}, cpu | {"StateChangeTime": "12:07", "Reason": "98 > 90"})
    items = await eventually(lambda: listed(client), until=lambda found: sum(one["count"] for one in found) == 3)

    shown = {one["title"]: one for one in items}
    assert shown.keys() == {"db-cpu-high", "api-5xx"}
    assert shown["db-cpu-high"]["labels"] == {"region": "eu"}
    assert "Reason: 98 > 90" in shown["db-cpu-high"]["description"]
    assert "t0k3n" not in str(items)
    await send(client, cpu | {"NewStateValue": "OK", "Reason": "12 < 90", "StateChangeTime": "12:09"})
    await eventually(
        lambda: statuses(client), until=lambda found: found == {"db-cpu-high": "resolved", "api-5xx": "firing"}
    )
    await send(client, {"AlarmName": "api-5xx", "status": "recovered", "message": "all is well"})
    await send(client, {"AlarmName": "api-5xx", "status": "recovered"})
    await eventually(lambda: statuses(client), until=lambda found: set(found.values()) == {"resolved"})


async def test_the_end_of_a_body_that_said_no_status_is_found_by_all_it_said(harness: Harness, ingest: Runtime) -> None:
    client = harness.client(ingest)
    body = {"AlarmName": "backup", "message": "of h1 failed"}
    await send(client, body)
    await eventually(lambda: statuses(client), until=lambda found: found == {"backup": "firing"})
    await send(client, body | {"status": "ok"})
    await eventually(lambda: statuses(client), until=lambda found: found == {"backup": "resolved"})


async def test_places_tell_alerts_of_one_title_apart(harness: Harness, ingest: Runtime) -> None:
    client = harness.client(ingest)
    monit = {"title": "monit", "message": "it is down"}
    await send(client, monit | {"host": "h1"}, monit | {"host": "h2"}, monit | {"host": "h1", "message": "it hangs"})
    items = await eventually(lambda: listed(client), until=lambda found: sum(one["count"] for one in found) == 3)
    assert {(one["labels"]["host"], one["description"]) for one in items} == {("h1", "it hangs"), ("h2", "it is down")}


async def test_what_is_open_under_the_rule_of_before_is_found_until_it_ends(harness: Harness, ingest: Runtime) -> None:
    client = harness.client(ingest)
    body = {"AlarmName": "db-cpu-high"}
    await send(client, body)
    (one,) = await eventually(lambda: listed(client))
    heads = ingest.database.collection(COLLECTION)
    head, _, occurrence = one["id"].partition("-")
    document = await heads.find_one({"_id": head})
    assert document is not None
    # as the release before wrote it: without a title and a word of what it said
    key = derive_id("content", "", "untitled alert")
    former = head_id(key_space(None, "test"), key, None)
    await heads.delete_one({"_id": head})
    await heads.insert_one(document | {"_id": former, "alert_id": f"{former}-{occurrence}", "dedup_key": key})
    await harness.kill(ingest)
    client = harness.client(await harness.start("ingest", build, instance="ingest.2"))

    await send(client, body)
    items = await eventually(lambda: listed(client), until=lambda found: found[0]["count"] == 2)
    assert [item["dedup_key"] for item in items] == [key]
    await send(client, body | {"status": "ok"})
    await eventually(lambda: listed(client), until=lambda found: found[0]["status"] == "resolved")
    await send(client, body, {"AlarmName": "api-5xx"})
    items = await eventually(lambda: listed(client, "?status=firing"), until=lambda found: len(found) == 2)
    assert key not in {item["dedup_key"] for item in items}
