"""What people have already goes on working when only its URL and key change: the vendors' own clients, unmodified."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import opsgenie_sdk
import pytest
from pagerduty import EventsApiV2Client

from shared.testing.harness import eventually
from shared.testing.peers.alertmanager import Alertmanager, telling_as_opsgenie, telling_as_pagerduty
from shared.testing.peers.prometheus import Prometheus, alerting
from shared.testing.tcp_proxy import TcpProxy
from tests.integration.certificates import self_signed
from tests.scenarios.world import Person, World

SUMMARY = "the error rate is high"


@dataclass(frozen=True)
class Team:
    """A service, who answers for it, and where Tocsin is."""

    world: World
    engineer: Person
    service: str
    url: str

    async def key(self, kind: str, **more: Any) -> str:
        """The key of a new integration."""
        made: str = (await self.world.integration(kind, **more))["key"]
        return made

    async def alert(self, status: str) -> dict[str, Any]:
        """The service's only alert, once it has this status."""

        async def ask() -> list[dict[str, Any]]:
            return await self.world.alerts(service=self.service)

        (found,) = await eventually(ask, seconds=20, until=lambda alerts: [one["status"] for one in alerts] == [status])
        return found


@pytest.fixture
async def team(world: World) -> Team:
    engineer, _, service = await world.on_call_team()
    return Team(world, engineer, service, str(world.api.base_url).rstrip("/"))


@pytest.fixture
async def pagerduty(team: Team, tmp_path: Path) -> AsyncIterator[EventsApiV2Client]:
    """PagerDuty's client insists on https, so TLS ends before the gateway, as it will in real life."""
    key = await team.key("pagerduty", service_id=team.service)
    certificate = self_signed(tmp_path)
    with TcpProxy(team.world.api.base_url.port or 80, tls=certificate) as front:
        trusted = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
        yield EventsApiV2Client(key, base_url=f"https://127.0.0.1:{front.port}", verify=trusted, trust_env=False)


async def test_pagerdutys_client_triggers_acknowledges_and_resolves_an_incident(
    team: Team, pagerduty: EventsApiV2Client
) -> None:
    key = await asyncio.to_thread(pagerduty.trigger, SUMMARY, "srv01", severity="critical")
    incident = await team.world.incident(team.service)
    assert (incident["title"], incident["severity"], incident["status"]) == (SUMMARY, "critical", "triggered")
    assert (await team.engineer.paged()).json()["incident"]["id"] == incident["id"]

    assert await asyncio.to_thread(pagerduty.acknowledge, key) == key
    taken = await team.world.becomes(incident["id"], "acknowledged")
    assert taken["acknowledged_at"] is not None

    await asyncio.to_thread(pagerduty.resolve, key)
    await team.world.becomes(incident["id"], "resolved")
    assert (await team.alert("resolved"))["dedup_key"] == key


async def test_pagerdutys_client_tells_of_a_change_that_pages_nobody(team: Team, pagerduty: EventsApiV2Client) -> None:
    await asyncio.to_thread(
        pagerduty.submit, "2.4.1 was deployed", "ci", {"version": "2.4.1"}, timestamp=datetime.now(UTC).isoformat()
    )

    (change,) = (await team.world.get("/changes", service=team.service))["items"]
    assert (change["summary"], change["version"], change["source"]) == ("2.4.1 was deployed", "2.4.1", "pagerduty")
    assert await team.world.incidents(team.service) == []


async def test_opsgenies_client_creates_acknowledges_and_closes_and_learns_the_outcome(team: Team) -> None:
    configuration = opsgenie_sdk.Configuration()
    configuration.host = team.url
    configuration.api_key["Authorization"] = await team.key("opsgenie", service_id=team.service)
    client = opsgenie_sdk.AlertApi(opsgenie_sdk.ApiClient(configuration))
    alias = team.world.named("srv01/HTTP")
    payload = opsgenie_sdk.CreateAlertPayload(message=SUMMARY, alias=alias, priority="P1", details={"probe": "3"})

    accepted = await asyncio.to_thread(client.create_alert, payload)
    made = await asyncio.to_thread(accepted.retrieve_result)
    assert (made.data.is_success, made.data.action, made.data.alias) == (True, "Create", alias)
    shown = await asyncio.to_thread(accepted.retrieve_resulting_action)
    assert (shown.data.message, shown.data.status) == (SUMMARY, "open")
    incident = await team.world.incident(team.service)
    assert (incident["title"], incident["severity"]) == (SUMMARY, "critical")

    await asyncio.to_thread(client.acknowledge_alert, alias, identifier_type="alias")
    await team.world.becomes(incident["id"], "acknowledged")
    closed = await asyncio.to_thread(client.close_alert, made.data.alert_id)
    assert (await asyncio.to_thread(closed.retrieve_result)).data.is_success
    await team.world.becomes(incident["id"], "resolved")


@pytest.fixture(params=["pagerduty", "opsgenie"])
async def alertmanager(
    request: pytest.FixtureRequest, team: Team, real_alertmanager: None
) -> AsyncIterator[Alertmanager]:
    key = await team.key(request.param)
    told = {
        "pagerduty": telling_as_pagerduty(f"{team.url}/v2/enqueue", key),
        "opsgenie": telling_as_opsgenie(f"{team.url}/", key),
    }[request.param]
    with await asyncio.to_thread(Alertmanager, told) as peer:
        yield peer


async def test_an_alertmanager_that_told_another_vendor_opens_and_ends_an_incident(
    team: Team, alertmanager: Alertmanager
) -> None:
    labels = {"alertname": "HighErrorRate", "service": team.service, "severity": "critical"}
    await asyncio.to_thread(alertmanager.fire, labels, {"summary": SUMMARY})
    incident = await team.world.incident(team.service)
    assert "HighErrorRate" in incident["title"]
    await team.engineer.paged()

    await asyncio.to_thread(alertmanager.resolve, labels, {"summary": SUMMARY})
    await team.world.becomes(incident["id"], "resolved")


async def test_a_prometheus_pointed_straight_here_opens_and_ends_an_incident(team: Team, real_prometheus: None) -> None:
    labels = {"alertname": "HighErrorRate", "service": team.service, "severity": "critical"}
    told = alerting(team.url, await team.key("prometheus"))
    with await asyncio.to_thread(Prometheus, told, labels, {"summary": SUMMARY}) as peer:
        await asyncio.to_thread(peer.fire)
        incident = await team.world.incident(team.service, seconds=20)
        assert (incident["title"], incident["severity"]) == (SUMMARY, "critical")
        await asyncio.sleep(6)  # longer than it promises at once: it says it again in time
        await team.alert("firing")

        await asyncio.to_thread(peer.resolve)
        await team.world.becomes(incident["id"], "resolved", seconds=20)


async def test_a_prometheus_that_dies_leaves_its_alert_stale_and_its_incident_open(
    team: Team, real_prometheus: None
) -> None:
    labels = {"alertname": "HighErrorRate", "service": team.service, "severity": "critical"}
    told = alerting(team.url, await team.key("prometheus"))
    with await asyncio.to_thread(Prometheus, told, labels, {"summary": SUMMARY}) as peer:
        await asyncio.to_thread(peer.fire)
        incident = await team.world.incident(team.service, seconds=20)

    await team.alert("stale")
    assert (await team.world.get(f"/incidents/{incident['id']}"))["status"] == "triggered"


async def test_a_packed_body_of_another_charset_with_its_key_inside_pages_at_an_address_with_a_slash(
    team: Team,
) -> None:
    title = "Störung im Süden"
    event = {
        "routing_key": await team.key("pagerduty", service_id=team.service),
        "event_action": "trigger",
        "payload": {"summary": title, "source": "srv01", "severity": "critical"},
    }
    body = gzip.compress(json.dumps(event, ensure_ascii=False).encode("latin-1"))
    headers = {"content-type": "application/json; charset=iso-8859-1", "content-encoding": "gzip"}
    async with httpx2.AsyncClient(base_url=team.url, trust_env=False) as anybody:
        answer = await anybody.post("/v2/enqueue/", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert (await team.world.incident(team.service))["title"] == title
    await team.engineer.paged()


async def test_amtool_adds_an_alert(team: Team, real_alertmanager: None, tmp_path: Path) -> None:
    http = tmp_path / "http.json"
    http.write_text(json.dumps({"authorization": {"credentials": await team.key("prometheus")}}))
    command = [
        *("amtool", f"--alertmanager.url={team.url}", f"--http.config.file={http}"),
        *("alert", "add", "HighErrorRate", f"service={team.service}", f"--annotation=summary={SUMMARY}"),
    ]
    run = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, run.stderr
    assert (await team.alert("firing"))["title"] == SUMMARY
