"""Tocsin tries its own way from alert to page all the time, and says outside when that way is broken."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx2

from deploy.local import record
from deploy.local.stack import Stack
from shared.testing.harness import eventually
from shared.testing.webhook_sink import WebhookSink

SECONDS = 2
ENV = {"TOCSIN_OUTBOUND_ALLOW": "127.0.0.0/8", "TOCSIN_CANARY_SECONDS": str(SECONDS)}
BROKEN_SECONDS = 6.0


async def age(stack: Stack) -> float:
    """What ingest's metrics say of the last canary."""
    known = record.read(stack.run_dir)
    assert known is not None
    async with httpx2.AsyncClient(trust_env=False) as http:
        text = (await http.get(f"http://127.0.0.1:{known.ports['ingest']}/metrics")).text
    (value,) = [line.split()[1] for line in text.splitlines() if line.startswith("tocsin_canary_age_seconds ")]
    return float(value)


async def test_a_watcher_outside_hears_of_every_canary_and_nothing_when_comms_stands_still(
    tmp_path: Path, hooks: WebhookSink
) -> None:
    with Stack(tmp_path / "run", env=ENV | {"TOCSIN_HEARTBEAT_URL": hooks.url("heartbeat")}) as stack:
        await eventually(lambda: len(hooks.to("heartbeat")), seconds=20, until=lambda beats: beats >= 3)
        assert await age(stack) < BROKEN_SECONDS
        comms = stack.pid("comms")
        os.kill(comms, signal.SIGSTOP)
        try:
            await eventually(lambda: age(stack), seconds=30, until=lambda found: found > BROKEN_SECONDS)
            silent = len(hooks.to("heartbeat"))
        finally:
            os.kill(comms, signal.SIGCONT)
        await eventually(lambda: age(stack), seconds=30, until=lambda found: found < BROKEN_SECONDS)
        await eventually(lambda: len(hooks.to("heartbeat")), seconds=20, until=lambda beats: beats > silent + 1)
        await nobody_sees_them(stack)


async def nobody_sees_them(stack: Stack) -> None:
    """No list, figure or stream shows a canary, and it took no number."""
    key = {"authorization": f"Bearer {stack.admin_key}"}
    async with httpx2.AsyncClient(base_url=stack.url, headers=key, timeout=20, trust_env=False) as api:
        for path in ("/incidents", "/alerts", "/deliveries", "/users", "/escalation-policies"):
            assert (await api.get(path)).json()["items"] == [], path
        services = (await api.get("/services")).json()["items"]
        assert [service["id"] for service in services] == ["unrouted"]
        assert (await api.get("/services/tocsin")).status_code == 200
        graph = (await api.get("/services/graph")).json()
        assert [node["id"] for node in graph["nodes"]] == ["unrouted"]
        for path in ("", "/timeline", "/pages", "/explain"):
            assert (await api.get(f"/incidents/tocsin-canary{path}")).status_code == 404, path
        made = await api.post("/incidents", json={"title": "the first", "service_id": "unrouted"})
        assert made.json()["id"].endswith("-0001"), made.text
        for service in ("gateway", "ingest", "incident", "oncall", "comms", "automation", "analytics"):
            assert "canary" not in (stack.run_dir / f"{service}.log").read_text().casefold(), service
