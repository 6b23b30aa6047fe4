"""`Idempotency-Key` on real parts: carried out once, whatever the replica, and no key is locked for ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.gateway.app import build
from services.gateway.idempotency.idempotency import claim_of
from services.gateway.idempotency.store import COLLECTION, AnswerStore
from shared.secrecy.sealing import Seal
from shared.testing.harness import eventually
from tests.integration.gateway.test_gateway import Town, code, limits, town
from tests.integration.gateway_upstream import Writer

pytestmark = pytest.mark.integration

__all__ = ["limits", "town"]

KEY = {"Idempotency-Key": "order-66"}


async def test_a_repeated_request_is_carried_out_once_at_any_replica(town: Town) -> None:
    other = await town.harness.start("gateway", build, instance="gateway.2")
    first = await town.client().post("/users", json={"name": "Mina"}, headers=KEY)
    again = await town.client(runtime=other).post("/users", json={"name": "Mina"}, headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(town.upstreams["oncall"][0].got) == 1


async def test_what_the_gateway_itself_makes_is_made_once_and_its_key_is_not_readable_in_the_database(
    town: Town,
) -> None:
    body = {"name": "Prometheus", "kind": "alertmanager"}
    first, again = [await town.client().post("/integrations", json=body, headers=KEY) for _ in range(2)]
    assert first.status_code == again.status_code == 201
    assert (again.json(), again.headers["location"]) == (first.json(), first.headers["location"])
    assert len((await town.client().get("/integrations")).json()["items"]) == 1
    stored = await town.runtime.database.collection(COLLECTION).find_one({})
    assert first.json()["key"] not in str(stored)


async def test_a_webhook_is_delivered_once_under_a_key(town: Town) -> None:
    for _ in range(2):
        assert (await town.client().post("/incidents/webhook", json={"title": "x"}, headers=KEY)).status_code == 200
    assert len(town.upstreams["ingest"][0].got) == 1


async def test_another_request_under_the_key_is_refused_and_another_caller_has_keys_of_their_own(town: Town) -> None:
    await town.client().post("/users", json={"name": "Mina"}, headers=KEY)
    other = await town.client().post("/users", json={"name": "Ali"}, headers=KEY)
    assert code(other) == (409, "idempotency_key_reused")
    assert other.json()["errors"][0]["pointer"] == "/Idempotency-Key"
    text, _ = await town.key("manager")
    assert (await town.client(text).post("/users", json={"name": "Ali"}, headers=KEY)).status_code == 200


async def test_a_second_request_while_the_first_is_under_way_is_told_to_come_again(town: Town) -> None:
    going = asyncio.Event()

    async def wait(writer: Writer) -> None:
        await going.wait()
        writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()

    oncall = town.upstreams["oncall"][0]
    oncall.misbehave = [wait]
    first = asyncio.create_task(town.client().post("/users", json={}, headers=KEY))
    await eventually(lambda: oncall.got)
    second = await town.client().post("/users", json={}, headers=KEY)
    assert code(second) == (409, "still_under_way")
    assert second.headers["retry-after"] == "1"
    going.set()
    assert (await first).status_code == 201
    assert (await town.client().post("/users", json={}, headers=KEY)).status_code == 201
    assert len(oncall.got) == 1


async def test_a_failure_is_not_kept(town: Town) -> None:
    async def fail(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async def break_off(writer: Writer) -> None:
        writer.transport.abort()

    oncall = town.upstreams["oncall"][0]
    oncall.misbehave = [fail, break_off]
    client = town.client()
    answers = [(await client.post("/users", json={}, headers=KEY)).status_code for _ in range(4)]
    assert answers == [503, 503, 200, 200]
    assert len(oncall.got) == 3


async def test_a_claim_of_a_process_that_died_ends(town: Town) -> None:
    key = (await town.client().get("/api-keys")).json()["items"][0]["id"]
    long_ago = town.runtime.clock.now() - timedelta(minutes=1)
    store = AnswerStore(town.runtime, Seal("secret", "tests"))
    dead = claim_of(key, KEY["Idempotency-Key"], method="POST", target=b"/users", body=b"{}", holder="h", now=long_ago)
    assert await store.claim(dead)
    answer = await town.client().post("/users", content=b"{}", headers=KEY)
    assert answer.status_code == 200
    assert "idempotency-replayed" not in answer.headers


async def test_an_answer_that_is_too_long_is_passed_on_and_not_kept(town: Town) -> None:
    async def ramble(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1500000\r\n\r\n" + b"x" * 1_500_000)
        await writer.drain()

    town.upstreams["oncall"][0].misbehave = [ramble]
    assert len((await town.client().post("/users", json={}, headers=KEY)).content) == 1_500_000
    assert len((await town.client().post("/users", json={}, headers=KEY)).content) < 1000


async def test_a_key_that_is_none_is_malformed(town: Town) -> None:
    answer = await town.client().post("/users", json={}, headers={"Idempotency-Key": "x" * 300})
    assert code(answer) == (400, "malformed")
