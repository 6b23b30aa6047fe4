"""Senders made for other vendors: their keys stand where those clients put them, refusals read as theirs do."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from typing import Any

import pytest

from shared.callers.identity_tokens import IdentityReader
from tests.integration.gateway.test_gateway import Town, limits, town

pytestmark = pytest.mark.integration

__all__ = ["limits", "town"]


async def make_integration(town: Town, kind: str) -> dict[str, Any]:
    made = await town.client().post("/integrations", json={"name": kind, "kind": kind, "service_id": "payments"})
    assert made.status_code == 201
    integration: dict[str, Any] = made.json()
    return integration


@pytest.mark.parametrize("path", ["/v2/enqueue", "/v2/change/enqueue"])
async def test_a_pagerduty_client_shows_its_key_in_the_body_and_the_same_bytes_go_on(town: Town, path: str) -> None:
    integration = await make_integration(town, "pagerduty")
    body = json.dumps({"routing_key": integration["key"], "payload": {"summary": "x" * 400_000}}).encode()
    answer = await town.client(None).post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    got = answer.json()["got"]
    assert (got["size"], got["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    token = got["headers"]["x-tocsin-identity"]
    caller = IdentityReader(town.harness.settings.identity_readers, "ingest").read(token, town.runtime.clock.now())
    assert (caller.integration_id, caller.integration_service_id) == (integration["id"], "payments")


async def test_a_pagerduty_client_with_a_wrong_key_reads_what_pagerduty_would_say(town: Town) -> None:
    nobody = town.client(None)
    for body, fault in (
        ({"routing_key": "0" * 32}, "Invalid routing key"),
        ({"event_action": "trigger"}, "'routing_key' is missing or blank"),
    ):
        answer = await nobody.post("/v2/enqueue", json=body)
        assert answer.status_code == 400
        assert answer.json() == {
            "status": "invalid event",
            "message": "Event object is invalid",
            "errors": [fault],
        }
    assert (await nobody.post("/v2/enqueue", content=b"{")).json()["status"] == "invalid event"
    over = await nobody.post("/v2/enqueue", json={"routing_key": "0" * 32, "more": "x" * 600_000})
    assert (over.status_code, over.json()["status"]) == (413, "invalid event")
    assert town.upstreams["ingest"][0].got == []


async def test_a_pagerduty_clients_key_that_was_revoked_is_refused(town: Town) -> None:
    integration = await make_integration(town, "pagerduty")
    await town.client().delete(f"/integrations/{integration['id']}")
    answer = await town.client(None).post("/v2/enqueue", json={"routing_key": integration["key"]})
    assert (answer.status_code, answer.json()["errors"]) == (400, ["Invalid routing key"])


async def test_an_opsgenie_client_with_a_wrong_key_reads_what_opsgenie_would_say(town: Town) -> None:
    integration = await make_integration(town, "opsgenie")
    for path in ("/v2/alerts", "/v2/alerts/x/close?identifierType=alias"):
        right = await town.client(None).post(path, json={}, headers={"Authorization": f"GenieKey {integration['key']}"})
        assert right.status_code == 200
        wrong = await town.client(None).post(path, json={}, headers={"Authorization": "GenieKey wrong"})
        assert wrong.status_code == 401
        assert wrong.json()["message"] == "Could not authenticate"
        assert wrong.json()["requestId"] == wrong.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/v2/enqueue", "/v2/change/enqueue"])
async def test_a_key_in_a_packed_body_is_found_and_the_same_bytes_go_on(town: Town, path: str) -> None:
    integration = await make_integration(town, "pagerduty")
    nobody = town.client(None)
    plain = json.dumps({"routing_key": integration["key"], "payload": {"summary": "x" * 400_000}}).encode()
    for encoding, body in (("gzip", gzip.compress(plain)), ("deflate", zlib.compress(plain))):
        answer = await nobody.post(path, content=body, headers={"content-encoding": encoding})
        assert answer.status_code == 200
        got = answer.json()["got"]
        assert (got["sha256"], got["headers"]["content-encoding"]) == (hashlib.sha256(body).hexdigest(), encoding)


async def test_a_packed_body_in_which_no_key_can_be_found_is_refused_as_pagerduty_would(town: Town) -> None:
    nobody = town.client(None)
    over = gzip.compress(json.dumps({"routing_key": "0" * 32, "more": "x" * 600_000}).encode())
    for body, encoding, status in ((over, "gzip", 413), (over[:-9], "deflate", 400), (over, "gzip, gzip", 415)):
        answer = await nobody.post("/v2/enqueue", content=body, headers={"content-encoding": encoding})
        assert (answer.status_code, answer.json()["status"]) == (status, "invalid event")
    assert town.upstreams["ingest"][0].got == []


async def test_packed_bodies_are_passed_on_where_monitoring_delivers_and_nowhere_else(town: Town) -> None:
    body = gzip.compress(b"{}")
    packed = {"content-encoding": "gzip"}
    assert (await town.client().post("/incidents/webhook", content=body, headers=packed)).status_code == 200
    assert town.upstreams["ingest"][0].got[-1]["sha256"] == hashlib.sha256(body).hexdigest()
    for path in ("/services", "/incidents", "/api-keys", "/status-pages/x/subscribers"):
        answer = await town.client().post(path, content=body, headers=packed)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_encoding"), path
        assert (await town.client(None).post(path, content=body, headers=packed)).status_code == 401
    assert (await town.client().post("/incidents", json={}, headers={"content-encoding": "identity"})).is_success
    assert town.upstreams["comms"][0].got == []


@pytest.mark.parametrize(
    "path",
    [
        "/incidents/webhook",
        "/v2/enqueue",
        "/v2/change/enqueue",
        "/v2/alerts",
        "/v2/alerts/a%2Fb/close",
        "/api/v2/alerts",
        "/events/change",
    ],
)
async def test_a_slash_at_the_end_is_as_good_as_none_for_everybody(town: Town, path: str) -> None:
    integration = await make_integration(town, "generic")
    viewer, _ = await town.key("viewer")
    answers = []
    for target in (path, f"{path}/", f"{path}/?identifierType=alias"):
        body = {"routing_key": integration["key"]}
        answers.append(
            [
                (await town.client(key).post(target, json=body)).status_code
                for key in (integration["key"], viewer, "0" * 32, None)
            ]
        )
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 200
    assert {got["target"] for got in town.upstreams["ingest"][0].got} == {path, f"{path}?identifierType=alias"}


async def test_a_slash_that_may_be_part_of_a_name_stays(town: Town) -> None:
    client = town.client()
    for method, target in (("GET", "/v2/alerts/a/"), ("POST", "/v2/alerts/a%2F"), ("POST", "/incidents/webhook%2F")):
        assert (await client.request(method, target)).status_code == 200
        assert town.upstreams["ingest"][0].got[-1]["target"] == target
    await client.post("/incidents/")
    assert sum(one.got[-1]["target"] == "/incidents/" for one in town.upstreams["incident"] if one.got) == 1


async def test_vendors_callbacks_are_taken_with_a_slash_too(town: Town) -> None:
    for path in ("/integrations/slack/actions", "/integrations/slack/events", "/integrations/jira/webhook/x"):
        assert (await town.client(None).post(f"{path}/", json={})).status_code == 200
        assert town.upstreams["comms"][0].got[-1]["target"] == path
