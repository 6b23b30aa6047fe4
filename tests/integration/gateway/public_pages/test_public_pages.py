"""Public pages through the gateway: answered from its copies, also while the service behind them is gone."""

from __future__ import annotations

import asyncio

import pytest

from shared.testing.harness import eventually
from tests.integration.gateway.test_gateway import Town, code, limits, town
from tests.integration.gateway_upstream import Misbehave, Writer

pytestmark = pytest.mark.integration

__all__ = ["limits", "town"]


def says(body: bytes, cache: bytes = b"public, max-age=1, stale-while-revalidate=1, stale-if-error=60") -> Misbehave:
    async def answer(writer: Writer) -> None:
        writer.write(
            b'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\netag: "' + body + b'"\r\ncache-control: ' + cache +
            b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        )  # fmt: skip
        await writer.drain()

    return answer


async def test_readers_at_once_are_answered_by_one_asking(town: Town) -> None:
    comms = town.upstreams["comms"][0]
    comms.misbehave = [says(b"good")]
    reader = town.client(None)
    answers = await asyncio.gather(*(reader.get(f"/status/acme?utm={number}") for number in range(20)))
    assert {answer.text for answer in answers} == {"good"}
    assert [one["target"] for one in comms.got] == ["/status/acme"]
    head = await reader.head("/status/acme")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "4")
    known = await reader.get("/status/acme", headers={"If-None-Match": '"good"'})
    assert (known.status_code, known.content) == (304, b"")
    assert len(comms.got) == 1


async def test_nothing_of_a_reader_reaches_the_service(town: Town) -> None:
    comms = town.upstreams["comms"][0]
    comms.misbehave = [says(b"good")]
    await town.client().get("/status/acme", headers={"Cookie": "a=b", "If-None-Match": '"x"', "X-Mine": "1"})
    assert (
        not {"authorization", "cookie", "if-none-match", "x-mine", "x-tocsin-identity"} & comms.got[0]["headers"].keys()
    )


async def test_a_change_shows_within_five_seconds(town: Town) -> None:
    comms = town.upstreams["comms"][0]
    comms.misbehave = [says(b"old")]
    reader = town.client(None)
    assert (await reader.get("/status/acme")).text == "old"
    comms.misbehave = [says(b"new") for _ in range(20)]

    async def text() -> str:
        return (await reader.get("/status/acme")).text

    await eventually(text, until=lambda it: it == "new", seconds=10)


async def test_a_page_stays_up_while_its_service_is_gone(town: Town) -> None:
    comms = town.upstreams["comms"][0]
    comms.misbehave = [says(b"good")]
    reader = town.client(None)
    assert (await reader.get("/status/acme")).status_code == 200
    await comms.stop()
    await asyncio.sleep(2.5)
    answers = await asyncio.gather(*(reader.get("/status/acme") for _ in range(20)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "good")}
    assert int(answers[0].headers["age"]) >= 2
    assert code(await reader.get("/status/other")) == (503, "unavailable")


async def test_what_its_service_keeps_from_caches_is_asked_for_each_time(town: Town) -> None:
    comms = town.upstreams["comms"][0]
    comms.misbehave = [says(b"one", b"no-store"), says(b"two", b"no-store")]
    reader = town.client(None)
    assert [(await reader.get("/status/acme/secret")).text for _ in range(2)] == ["one", "two"]


@pytest.mark.parametrize("limits", [pytest.param({"rate_limit": 5}, id="five a second")])
async def test_the_limit_counts_what_is_asked_for_and_not_what_is_shown(town: Town) -> None:
    comms = town.upstreams["comms"][0]
    comms.misbehave = [says(b"good") for _ in range(9)]
    reader = town.client(None)
    shown = [(await reader.get("/status/acme")).status_code for _ in range(30)]
    assert set(shown) == {200}
    asked = [(await reader.get(f"/status/page-{number}")).status_code for number in range(12)]
    assert 429 in asked


async def test_a_page_is_one_page_however_it_is_spelled(town: Town) -> None:
    comms = town.upstreams["comms"][0]
    comms.misbehave = [says(b"one"), says(b"two")]
    reader = town.client(None)
    spellings = ["/status/acme", "/status/%61cme", "/status/a%63me", "/st%61tus/%61%63%6D%65", "/status/acme?x=1"]
    assert {(await reader.get(path)).text for path in spellings} == {"one"}
    assert len(comms.got) == 1


async def test_what_is_not_there_is_not_asked_for_each_time(town: Town) -> None:
    comms = town.upstreams["comms"][0]

    async def nothing(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\ncache-control: no-store\r\ncontent-length: 4\r\n\r\nnone")
        await writer.drain()

    comms.misbehave = [nothing, says(b"made meanwhile")]
    reader = town.client(None)
    for _ in range(5):
        answer = await reader.get("/status/acme/incidents/p1")
        assert (answer.status_code, answer.text) == (404, "none")
    assert len(comms.got) == 1

    async def text() -> str:
        return (await reader.get("/status/acme/incidents/p1")).text

    await eventually(text, until=lambda it: it == "made meanwhile", seconds=10)
