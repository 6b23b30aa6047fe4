"""Samples on a real broker and database: kept once whatever comes again, bounded, and never read by a scan."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pymongo import monitoring

from services.analytics.app import build
from services.analytics.samples.handlers import SamplesHandler
from services.analytics.samples.store import BlockStore, SeriesStore
from shared.bus.consumer import Delivery
from shared.copies.replica import Replica
from shared.samples.message import CONTENT_TYPE, QUEUE, Limit, Samples, Sender, encode_messages
from shared.testing.harness import Harness, eventually
from shared.testing.plans import Heard

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)
SENDER = Sender("key")


def samples(host: str = "db-1", count: int = 480) -> Samples:
    now = int(datetime.now(UTC).timestamp())
    return Samples(
        host,
        "memory",
        [(1000 * (now - 15 * (count - place)), 60 + 24 * place / count) for place in range(count)],
        Limit(90.0),
        "shop",
    )


async def send(harness: Harness, *many: Samples) -> None:
    for message in encode_messages(SENDER, many):
        await harness.publisher.to_queue(QUEUE, message, content_type=CONTENT_TYPE)


async def test_what_comes_again_changes_nothing_and_no_question_reads_all(harness: Harness) -> None:
    HEARD.database = f"{harness.settings.namespace}_analytics"
    runtime = await harness.start("analytics", build)
    client = harness.client(runtime)
    one = samples()
    await send(harness, one)
    blocks = runtime.database.collection("sample_blocks")

    async def kept() -> int:
        return sum([len(block["points"]) // 16 async for block in blocks.find({"series": {"$gt": ""}})])

    await eventually(kept, seconds=20, until=lambda count: count == 480)
    await send(harness, one, samples("db-2"))
    await eventually(kept, seconds=20, until=lambda count: count == 960)
    for path in ("/predictions/incidents", "/predictions/grades", "/predictions/rules", "/predictions/components"):
        assert (await client.get(path)).status_code == 200, path
    told = await harness.event("prediction.changed.v1", seconds=30)
    assert told.sequence >= 1
    assert HEARD.asked
    names = {"series", "sample_blocks", "predictions", "prediction_rules", "rule_polls", "services"}
    scans = await HEARD.scans(runtime.database)
    assert [one for one in scans if one.collection in names and one.query] == []


async def test_more_series_than_may_be_are_refused_and_told(harness: Harness) -> None:
    runtime = await harness.start("analytics", build)
    series, database = SeriesStore(runtime), runtime.database
    handler = SamplesHandler(
        series,
        BlockStore(runtime),
        Replica(database.collection("services")),
        runtime.clock,
        limit_of=lambda *_: None,
        most_series=3,
    )

    async def take(*many: Samples) -> None:
        await handler.handle([Delivery(payload=(SENDER, list(many)), headers={}, redelivered=False, routing_key="")])

    await take(samples("a", 5), samples("b", 5))
    await take(*(samples(host, 5) for host in ("c", "d", "e")), samples("a", 6))
    hosts = [one["host"] async for one in database.collection("series").find({"scope": ""})]
    assert sorted(hosts) == ["a", "b", "c"]
    answer = (await harness.client(runtime).get("/predictions/incidents")).json()
    assert [one["scope"] for one in answer["refused"]] == [""]
