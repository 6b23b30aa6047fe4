"""Whose services, keys and alerts a sender's key has to do with, and alerts that are open under an older identity."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.ingest.alerts.store.heads import COLLECTION
from services.ingest.app import build
from services.ingest.normalisation.dedup_key import former_head_id
from shared.callers.identity import Identity
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.vocabulary import Role
from tests.integration.ingest_stage import WEBHOOK, alert, listed, service_changed, told

pytestmark = pytest.mark.integration


@pytest.fixture
async def ingest(harness: Harness) -> Runtime:
    runtime = await harness.start("ingest", build)
    await harness.publish(
        service_changed("svc-a", team="team-a", match_labels={"zone": "a"}),
        service_changed("svc-b", team="team-b", match_labels={"zone": "b"}),
    )
    client = harness.client(runtime)

    async def is_known() -> bool:
        answer = await client.post(WEBHOOK, json={"title": "probe", "labels": {"zone": "b"}})
        return bool(answer.json()["alerts"][0]["service"] == "svc-b")

    await eventually(is_known)
    return runtime


def of_b(harness: Harness, ingest: Runtime, key: str = "int_b", **fields: Any) -> httpx2.AsyncClient:
    stated = {"integration_id": key, "integration_kind": "generic", "integration_service_id": "svc-b"} | fields
    role = Role.INTEGRATION if stated["integration_id"] else Role.MANAGER
    return harness.client(ingest, Identity(key_id=key, name=key, role=role, teams=("team-b",), **stated))


async def test_a_limited_key_opens_nothing_on_another_teams_service(harness: Harness, ingest: Runtime) -> None:
    sender, whole = of_b(harness, ingest), harness.client(ingest)
    answer = await sender.post(
        WEBHOOK,
        json=[
            alert(service="svc-a", dedup_key="named"),
            alert(service="svc-b", dedup_key="own"),
            alert(service=None, labels={"zone": "a"}, dedup_key="labelled"),
        ],
    )
    assert answer.status_code == 202, answer.text
    assert [one["service"] for one in answer.json()["alerts"]] == ["svc-b", "svc-b", "svc-b"]
    free = of_b(harness, ingest, "key_b", integration_id=None, integration_service_id=None)
    strange = [
        alert(service="svc-a", dedup_key="strange"),
        alert(service=None, labels={"zone": "a"}, dedup_key="by label"),
    ]
    answer = await free.post(WEBHOOK, json=strange)
    assert [one["service"] for one in answer.json()["alerts"]] == ["unrouted", "unrouted"]
    items = await eventually(lambda: listed(whole), until=lambda found: len(found) >= 5)
    shown = {one["dedup_key"]: one for one in items}
    assert shown["strange"]["service"] == "unrouted"
    assert shown["strange"]["mended"][0] == "service: 'svc-a' is none of the services of the key's teams"
    facts = await eventually(lambda: told(harness, "alert.opened.v1", "strange"))
    assert [(fact.service_id, fact.service_claim, fact.teams) for fact in facts] == [(None, None, ["team-b"])]
    assert await listed(whole, "?service=svc-a") == []


async def test_keys_without_an_integration_have_a_key_space_each(harness: Harness, ingest: Runtime) -> None:
    def manager(key: str, team: str) -> httpx2.AsyncClient:
        return harness.client(ingest, Identity(key_id=key, name=key, role=Role.MANAGER, teams=(team,)))

    ours, theirs = manager("key_a", "team-a"), manager("key_b", "team-b")
    await ours.post(WEBHOOK, json=alert(service="svc-a", dedup_key="d1"))
    await theirs.post(WEBHOOK, json={"dedup_key": "d1", "status": "resolved"})
    mine = await eventually(lambda: listed(ours, "?service=svc-a"), until=lambda found: len(found) == 1)
    await theirs.post(WEBHOOK, json=alert(service="svc-b", dedup_key="after"))
    await eventually(lambda: listed(theirs), until=lambda found: any(one["dedup_key"] == "after" for one in found))
    assert (await listed(ours, "?service=svc-a"))[0]["status"] == "firing"
    address = f"/v2/alerts/{mine[0]['id']}?identifierType=id"
    assert (await ours.get(address)).status_code == 200
    assert (await theirs.get(address)).status_code == 404
    await ours.post(WEBHOOK, json={"dedup_key": "d1", "status": "ok", "source": "whatever"})
    await eventually(lambda: listed(ours, "?service=svc-a"), until=lambda found: found[0]["status"] == "resolved")


async def test_what_a_sender_calls_itself_is_no_part_of_a_key(harness: Harness, ingest: Runtime) -> None:
    client = harness.client(ingest)
    await client.post(WEBHOOK, json=alert(dedup_key="q1", source="zabbix"))
    await eventually(lambda: listed(client, "?source=zabbix"))
    await client.post(WEBHOOK, json={"dedup_key": "q1", "status": "resolved"})
    await eventually(lambda: listed(client, "?source=zabbix"), until=lambda found: found[0]["status"] == "resolved")


async def test_an_alert_that_is_open_under_the_former_rule_is_found_until_it_ends(
    harness: Harness, ingest: Runtime
) -> None:
    client = harness.client(ingest)
    await client.post(WEBHOOK, json=alert(dedup_key="old", source="zabbix"))
    (one,) = await eventually(lambda: listed(client, "?source=zabbix"))
    heads = ingest.database.collection(COLLECTION)
    document = await heads.find_one({"_id": one["id"].partition("-")[0]})
    assert document is not None
    # as the release before wrote it: the same alert under the id that it had then
    former = former_head_id(None, "zabbix", "old", None)
    await heads.delete_one({"_id": document["_id"]})
    document |= {"_id": former, "alert_id": f"{former}-{one['id'].partition('-')[2]}"}
    await heads.insert_one(document)
    await harness.kill(ingest)
    again = await harness.start("ingest", build, instance="ingest.2")
    client = harness.client(again)
    await client.post(WEBHOOK, json=alert(dedup_key="old", source="zabbix"))
    await client.post(WEBHOOK, json=alert(dedup_key="old", source="zabbix", status="resolved"))
    items = await eventually(
        lambda: listed(client, "?source=zabbix"), until=lambda found: found[0]["status"] == "resolved"
    )
    assert [one["id"].partition("-")[0] for one in items] == [former]
    await client.post(WEBHOOK, json=alert(dedup_key="old", source="zabbix"))
    items = await eventually(lambda: listed(client, "?source=zabbix&status=firing"))
    assert items[0]["id"].startswith("k")
