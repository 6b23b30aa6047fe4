"""Rules over HTTP, polled from a stub and from the real Prometheus, and met by what the real one writes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import cramjam
import httpx2
import pytest

from deploy.local.debian import install_packages
from services.analytics.app import build as build_analytics
from services.ingest.app import build as build_ingest
from services.ingest.samples.remote_write import WRITE_REQUEST
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.harness import ADMIN, Harness, eventually
from shared.testing.http_stub import HttpStub
from shared.testing.peers import prometheus
from shared.testing.peers.metrics_prometheus import MetricsPrometheus
from shared.testing.plain_http import Reply, Request

pytestmark = pytest.mark.integration

RULES = "/predictions/rules"
RULE: dict[str, Any] = {"id": "memory", "name": "Memory of databases", "query": 'memory_used{job="db"}', "limit": 90}


@pytest.fixture(scope="module")
def real_prometheus() -> None:
    """Debian's package is there, or a clear message says how to get it."""
    if shutil.which(prometheus.PROGRAM) is None:
        install_packages([prometheus.PACKAGE], why="There is no Prometheus here", daemon="prometheus")


def polling(url: str) -> Callable[[Runtime], None]:
    """Analytics with this Prometheus."""

    def build(runtime: Runtime) -> None:
        settings: Settings = runtime.settings.model_copy(update={"prometheus_url": url})
        runtime.settings = settings
        build_analytics(runtime)

    return build


def line(start: float, end: float, *, step: int = 15, seconds: int = 7200) -> list[tuple[float, float]]:
    now = int(datetime.now(UTC).timestamp()) // step * step
    count = seconds // step
    return [(now - step * (count - place), start + (end - start) * place / count) for place in range(count + 1)]


async def made(client: httpx2.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post(RULES, json={**RULE, **fields})
    assert answer.status_code == 201, answer.text
    rule: dict[str, Any] = answer.json()
    return rule


async def expected(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/predictions/incidents")).json()["items"]
    return items


async def test_rules_are_made_changed_and_deleted(harness: Harness) -> None:
    runtime = await harness.start("analytics", build_analytics)
    client = harness.client(runtime)
    rule = await made(client)
    assert (rule["limit_kind"], rule["horizon_seconds"], rule["meets_pushed"], rule["muted"]) == (
        "upper",
        7200,
        True,
        False,
    )
    told = await harness.event("prediction.ruled.v1")
    assert (told.subject, told.sequence) == ("memory", 1)
    assert (await client.post(RULES, json=RULE)).status_code == 409
    patched = await client.patch(f"{RULES}/memory", json={"limit": 80}, headers={"if-match": '"1"'})
    assert (patched.json()["limit"], patched.headers["etag"]) == (80, '"2"')
    assert (await client.patch(f"{RULES}/memory", json={"limit": 70}, headers={"if-match": '"1"'})).status_code == 412
    put = await client.put(
        f"{RULES}/memory", json={"name": "Memory", "query": "rate(x[5m])", "limit": 1, "limit_kind": "lower"}
    )
    assert (put.json()["limit_kind"], put.json()["meets_pushed"]) == ("lower", False)
    assert [one["id"] for one in (await client.get(RULES)).json()["items"]] == ["memory"]
    of_b = harness.client(runtime, ADMIN.model_copy(update={"teams": ("team-b",)}))
    own = (await of_b.post(RULES, json={"name": "b", "query": "b", "limit": 1})).json()
    assert own["team"] == "team-b"
    assert (await of_b.delete(f"{RULES}/memory")).status_code == 403
    of_c = harness.client(runtime, ADMIN.model_copy(update={"teams": ("team-c",)}))
    assert (await of_c.get(f"{RULES}/{own['id']}")).status_code == 404
    assert (await client.delete(f"{RULES}/memory")).status_code == 204
    assert (await client.get(f"{RULES}/memory")).status_code == 404
    for body, pointer in (
        ({"query": "x", "limit": 1}, "/name"),
        ({"name": "x", "limit": 1}, "/query"),
        ({"name": "x", "query": "x", "limit": "nan"}, "/limit"),
        ({"name": "x", "query": "x", "limit": 1, "limit_kind": "middle"}, "/limit_kind"),
        ({"name": "x", "query": "x", "limit": 1, "horizon_seconds": 1}, "/horizon_seconds"),
        ({"name": "x", "query": "x", "limit": 1, "service": "nobody's"}, "/service"),
    ):
        answer = await client.post(RULES, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_rule_is_polled_by_one_process_and_told_what_is_wrong(harness: Harness) -> None:
    points = line(60, 84)

    def give(request: Request) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        begin, end = float(asked["start"]), float(asked["end"])
        values = [[at, str(value)] for at, value in points if begin <= at <= end]
        result = [{"metric": {"__name__": "memory_used", "instance": "db-1", "job": "db"}, "values": values}]
        return Reply(
            200, {}, json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()
        )

    refusing = Reply(400, {}, b'{"status": "error", "errorType": "bad_data", "error": "parse error"}')
    with HttpStub([refusing, give]) as stub:
        first = await harness.start("analytics", polling(stub.url), instance="analytics")
        second = await harness.start("analytics", polling(stub.url), instance="analytics.2")
        client = harness.client(second)
        await made(client)

        async def seen() -> dict[str, Any]:
            rule: dict[str, Any] = (await client.get(f"{RULES}/memory")).json()
            return rule

        wrong = await eventually(seen, seconds=20, until=lambda rule: bool(rule["problem"]))
        assert wrong["problem"] == "bad_data: parse error"
        await harness.stop(first)
        # a change is another version, which is polled at once, by the process that is left
        await client.patch(f"{RULES}/memory", json={"horizon_seconds": 3600})
        (item,) = await eventually(lambda: expected(client), seconds=40)
        assert (item["host"], item["metric"], item["rule_id"], item["state"]) == (
            "db-1", 'memory_used{job="db"}', "memory", "expected",
        )  # fmt: skip
        rule = await seen()
        assert (rule["problem"], rule["series"]) == ("", 1)
        asked = [json.dumps(parse_qs(one.body.decode()), sort_keys=True) for one in stub.requests]
        assert len(asked) - len(set(asked)) <= 1, "two processes asked for the same; each version is asked for once"


async def test_the_real_prometheus_is_polled(harness: Harness, real_prometheus: None) -> None:
    with MetricsPrometheus([("memory_used", {"job": "db", "instance": "db-1"}, line(60, 84))]) as peer:
        runtime = await harness.start("analytics", polling(peer.url))
        client = harness.client(runtime)
        await made(client, query='memory_used{job="db"} + 0')
        (item,) = await eventually(lambda: expected(client), seconds=40)
        assert (item["host"], item["limit"]) == ("db-1", 90)
        ahead = datetime.fromisoformat(item["expected_at"]) - datetime.now(UTC)
        assert timedelta(minutes=25) < ahead < timedelta(minutes=35)
        broken = await made(client, id="broken", query="memory_used{")
        seen = await eventually(
            lambda: client.get(f"{RULES}/{broken['id']}"),
            seconds=40,
            until=lambda answer: bool(answer.json()["problem"]),
        )
        assert seen.json()["problem"].startswith("bad_data: ")


async def test_a_rule_meets_what_is_written_by_remote_write(harness: Harness) -> None:
    ingest = await harness.start("ingest", build_ingest)
    analytics = await harness.start("analytics", build_analytics)
    client = harness.client(analytics)
    await made(client)
    message = WRITE_REQUEST()
    for labels in (
        {"__name__": "memory_used", "job": "db", "instance": "db-1"},
        {"__name__": "memory_used", "job": "x"},
    ):
        one = message.timeseries.add()
        for name, value in sorted(labels.items()):
            one.labels.add(name=name, value=value)
        for at, number in line(60, 84):
            one.samples.add(value=number, timestamp=round(at * 1000))
    answer = await harness.client(ingest).post(
        "/api/v1/write",
        content=bytes(cramjam.snappy.compress_raw(message.SerializeToString())),
        headers={"content-type": "application/x-protobuf", "content-encoding": "snappy"},
    )
    assert answer.status_code == 202, answer.text
    (item,) = await eventually(lambda: expected(client), seconds=40)
    assert (item["host"], item["rule_id"]) == ("db-1", "memory")


async def test_what_the_real_prometheus_writes_is_taken(harness: Harness, real_prometheus: None) -> None:
    ingest = await harness.start("ingest", build_ingest)
    analytics = await harness.start("analytics", build_analytics)
    with (
        HttpStub([Reply(202, {})]) as receiver,
        MetricsPrometheus(remote_write={"url": f"{receiver.url}/api/v1/write"}),
    ):
        (written, *_) = await eventually(lambda: receiver.requests, seconds=40)
    names = ("content-type", "content-encoding", "x-prometheus-remote-write-version")
    answer = await harness.client(ingest).post(
        "/api/v1/write", content=written.body, headers={name: written.headers[name] for name in names}
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] > 100
    series = analytics.database.collection("series")
    found = await eventually(
        lambda: series.find_one({"metric": {"$regex": "^process_resident_memory_bytes"}}), seconds=40
    )
    assert found is not None
    assert found["host"].startswith("127.0.0.1:")
