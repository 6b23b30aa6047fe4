"""A deploy and the incident that it caused meet, whichever is heard of first."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from shared.testing.harness import eventually
from tests.scenarios.world import World

pytestmark = pytest.mark.scenarios


def deployed(service: str, minutes_ago: float) -> bytes:
    """What GitHub delivers when a deployment has succeeded."""
    at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
    status = {"id": 209916254, "state": "success", "environment": "production", "created_at": at, "updated_at": at}
    deployment = {"id": 145988746, "sha": "f95f852bd8", "ref": "v2.4.1", "task": "deploy", "environment": "production"}
    repository = {"name": service, "full_name": f"acme/{service}", "html_url": f"https://github.com/acme/{service}"}
    return json.dumps({"deployment_status": status, "deployment": deployment, "repository": repository}).encode()


async def delivered(world: World, github: dict[str, Any], body: bytes, secret: str) -> httpx2.Response:
    """GitHub signs with the secret that was entered there, and says what it delivers in a header."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-GitHub-Event": "deployment_status",
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-Hub-Signature-256": f"sha256={signature}",
        "Content-Type": "application/json",
    }
    path = f"/events/change?key={github['key']}"
    async with httpx2.AsyncClient(base_url=world.api.base_url, trust_env=False, timeout=10) as anybody:
        return await anybody.post(path, content=body, headers=headers)


async def suspects(world: World, incident_id: str) -> list[dict[str, Any]]:
    """The incident's suspects, waiting for one."""

    async def ask() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await world.get(f"/incidents/{incident_id}"))["suspected_changes"]
        return found

    return await eventually(ask)


async def test_an_incident_names_the_deploy_five_minutes_before_it(world: World) -> None:
    service = await world.service()
    github = await world.integration("github")
    taken = await delivered(world, github, deployed(service, 5), github["key"])
    assert (taken.status_code, taken.json()["changes"][0]["service"]) == (202, service)
    await world.fire(service)
    incident = await world.incident(service)
    (suspect,) = await suspects(world, incident["id"])
    assert suspect["reason"] == f"{service} v2.4.1 was deployed 5 minutes before, on the same service"
    assert (suspect["minutes_before"], suspect["change"]["version"]) == (5, "v2.4.1")
    assert 0 < suspect["score"] <= 1


async def test_a_deploy_that_is_heard_of_after_its_incident_is_named_too_and_cleared(world: World) -> None:
    service = await world.service()
    github = await world.integration("github")
    await world.fire(service)
    incident = await world.incident(service)
    await delivered(world, github, deployed(service, 5), github["signing_secret"])
    (suspect,) = await suspects(world, incident["id"])
    await world.until_told(incident["id"], "first suspect: ")
    path = f"/incidents/{incident['id']}/suspects/{suspect['change']['id']}"
    cleared = await world.put(path, {"verdict": "innocent"})
    assert [(one["verdict"], one["score"]) for one in cleared["suspected_changes"]] == [("innocent", 0)]
    await world.until_told(incident["id"], "suspect marked innocent")


async def test_a_deploy_of_what_the_service_needs_is_suspected_less(world: World) -> None:
    payments, users = await world.service(), await world.service(name="users")
    await world.post(f"/services/{payments}/dependencies", {"depends_on": [users], "kind": "hard"})
    for service in (users, payments):
        await world.post("/events/change", {"service": service, "summary": "config", "at": _ago(10)}, expect=202)
    await world.fire(payments)
    incident = await world.incident(payments)
    found = await eventually(lambda: suspects(world, incident["id"]), until=lambda many: len(many) == 2)
    assert [one["change"]["service"] for one in found] == [payments, users]
    assert found[1]["reason"].endswith(f"on {users}, a hard dependency")


async def test_a_delivery_that_is_signed_wrong_is_not_taken(world: World) -> None:
    service = await world.service()
    github = await world.integration("github")
    refused = await delivered(world, github, deployed(service, 5), "another secret")
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_signature")
    assert (await world.get("/changes", service=service))["items"] == []


def _ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
