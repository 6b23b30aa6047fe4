"""What will be full is an incident of low urgency before it is, through the gateway; and it goes when it turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import cramjam

from services.ingest.samples.remote_write import WRITE_REQUEST
from shared.testing.harness import eventually
from tests.scenarios.world import World

STEP = 15


def climb(start: float, end: float) -> list[list[Any]]:
    now = datetime.now(UTC)
    return [
        [(now - timedelta(seconds=STEP * (479 - place))).isoformat(), start + (end - start) * place / 479]
        for place in range(480)
    ]


async def test_memory_that_climbs_is_an_incident_until_it_is_restarted(world: World) -> None:
    _, _, service = await world.on_call_team()
    host = world.named("db")
    series = {"host": host, "metric": "memory_used_percent", "limit": 90, "service": service}
    sent = await world.api.post("/metrics/samples", json={**series, "points": climb(60, 85)})
    assert sent.status_code == 202, sent.text

    async def item() -> dict[str, Any] | None:
        listed = await world.get("/predictions/incidents")
        return next((one for one in listed["items"] if one["host"] == host), None)

    found = await eventually(item, seconds=60)
    assert found is not None
    assert (found["state"], found["service_id"]) == ("expected", service)
    incident = await world.incident(service)
    assert incident["severity"] == "low"
    whole = await world.get(f"/incidents/{incident['id']}")
    assert whole["prediction_id"] == found["prediction_id"]
    now = datetime.now(UTC)
    low = [[(now + timedelta(seconds=one)).isoformat(), 20 + one / 50] for one in range(1, 60)]
    await world.api.post("/metrics/samples", json={**series, "points": low})
    await eventually(
        lambda: world.get(f"/incidents/{incident['id']}"), seconds=60, until=lambda seen: seen["status"] == "resolved"
    )
    assert await item() is None
    grades = (await world.get("/predictions/grades"))["items"]
    assert next(one["state"] for one in grades if one["host"] == host) == "averted"


async def test_remote_write_comes_through_the_gateway_with_an_integrations_key(world: World) -> None:
    _, _, service = await world.on_call_team()
    made = await world.post(
        "/integrations", {"name": world.named("prometheus"), "kind": "alertmanager", "service_id": service}
    )
    name = world.named("memory").replace("-", "_")
    await world.post("/predictions/rules", {"name": "memory", "query": name, "limit": 90})
    request = WRITE_REQUEST()
    series = request.timeseries.add()
    for label, value in (("__name__", name), ("instance", "db-1")):
        series.labels.add(name=label, value=value)
    for at, number in climb(60, 85):
        series.samples.add(value=number, timestamp=round(datetime.fromisoformat(at).timestamp() * 1000))
    sent = await world.api.post(
        "/api/v1/write",
        content=bytes(cramjam.snappy.compress_raw(request.SerializeToString())),
        headers={
            "authorization": f"Bearer {made['key']}",
            "content-type": "application/x-protobuf",
            "content-encoding": "snappy",
        },
    )
    assert sent.status_code == 202, sent.text

    async def item() -> dict[str, Any] | None:
        listed = await world.get("/predictions/incidents")
        return next((one for one in listed["items"] if one["metric"] == name), None)

    found = await eventually(item, seconds=60)
    assert found is not None
    assert (found["host"], found["service_id"]) == ("db-1", service)
