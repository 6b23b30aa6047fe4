"""What the gateway makes of connections, heads and bodies that are not as they should be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.gateway.test_gateway import Town, code, limits, town
from tests.integration.gateway_upstream import Writer

__all__ = ["limits", "town"]

pytestmark = pytest.mark.integration


async def test_nobody_gets_the_connection_that_a_failure_closes(town: Town) -> None:
    """A service that answers 500 closes the connection, perhaps only while the next request is on its way."""
    client = town.client()

    async def fail_and_close_late(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.close()

    async def answer_and_close(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    for misbehave, status in ((fail_and_close_late, 500), (answer_and_close, 200)):
        for _ in range(10):
            town.upstreams["comms"][0].misbehave.append(misbehave)
            assert (await client.post("/templates", json={})).status_code == status
            if status == 200:
                await asyncio.sleep(0.01)  # the end of the connection is on its way: it is seen before the next use
            assert (await client.post("/templates", json={})).status_code == 200, "the next one is somebody else's"
    assert len(town.upstreams["comms"][0].got) == 40, "nothing was sent twice"


async def test_a_body_that_comes_without_a_length_is_told_so(town: Town) -> None:
    head = f"POST /incidents/webhook HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {town.admin_key}\r\n"
    for more in ("", "Content-Type: application/json\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", town.runtime.port)
        writer.write(head.encode() + more.encode() + b"\r\n" + b'{"title":"disk"}')
        assert (await asyncio.wait_for(reader.readline(), 5)).split(b" ")[1] == b"411", more
        writer.close()
    late, writer = await asyncio.open_connection("127.0.0.1", town.runtime.port)
    writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.write(b'{"title":"disk"}')
    assert (await asyncio.wait_for(late.readline(), 5)).split(b" ")[1] == b"411"
    writer.close()
    assert town.upstreams["ingest"][0].got == []
    bare, writer = await asyncio.open_connection("127.0.0.1", town.runtime.port)
    acknowledge = head.replace("/incidents/webhook", "/incidents/x/ack")
    writer.write(acknowledge.encode() + b"\r\n")
    assert (await asyncio.wait_for(bare.readline(), 5)).split(b" ")[1] == b"200", "without a body none is missing"
    writer.close()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/", "/docs", "/openapi.json", "/metrics", "/api-keys"])
async def test_head_is_answered_as_get_without_the_body(town: Town, path: str) -> None:
    client = town.client()
    seen, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (seen.status_code, b"")
    assert head.headers["content-type"] == seen.headers["content-type"]
    assert (await client.get(path)).status_code == seen.status_code


async def test_no_answer_is_taken_for_another_type_and_none_with_secrets_is_stored(town: Town) -> None:
    made = await town.client().post("/api-keys", json={"name": "x", "role": "viewer"})
    for answer in (made, await town.client().get("/users"), await town.client(None).get("/users")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


async def test_who_shows_two_keys_is_refused(town: Town) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", town.runtime.port)
    head = f"GET /incidents HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer x\r\nAuthorization: Bearer {town.admin_key}"
    writer.write(head.encode() + b"\r\n\r\n")
    assert (await asyncio.wait_for(reader.readline(), 5)).split(b" ")[1] == b"400"
    writer.close()


@pytest.mark.parametrize("limits", [{}, {"trusted_proxies": ["127.0.0.0/8"]}], ids=["no proxy", "behind one"])
async def test_an_address_is_believed_of_our_own_proxies_only(town: Town, limits: dict[str, Any]) -> None:
    forged = {"X-Forwarded-For": "203.0.113.5, 198.51.100.7", "X-Forwarded-Proto": "https"}
    got = (await town.client().get("/services", headers=forged)).json()["got"]
    assert got["headers"]["x-forwarded-for"] == ("198.51.100.7" if limits else "127.0.0.1")


async def test_what_a_write_names_is_asked_of_its_owner_or_nothing_is_done(town: Town) -> None:
    incident, oncall = town.upstreams["incident"], town.upstreams["oncall"][0]
    client = town.client()
    service = {"name": "Pay", "escalation_policy_id": "p1"}
    assert (await client.post("/services", json=service)).status_code == 200
    assert [(one["method"], one["target"]) for one in oncall.got] == [("POST", "/lookup")]
    assert (await client.post("/services", json={"name": "Pay"})).status_code == 200
    assert len(oncall.got) == 1, "who names nothing costs no question"
    await oncall.stop()
    done = sum(len(one.got) for one in incident)
    for method, path, body in (
        ("POST", "/services", service),
        ("PATCH", "/services/pay", service),
        ("POST", "/incidents/INC-1/roles", {"role": "commander", "user_id": "sara"}),
    ):
        assert code(await client.request(method, path, json=body)) == (503, "unavailable")
    assert sum(len(one.got) for one in incident) == done, "nothing half done"
    assert (await client.patch("/services/pay", json={"name": "Payments"})).status_code == 200
