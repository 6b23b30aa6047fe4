"""`GET /stream` on real parts: what happens is heard, and nothing is missed in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import pytest

from services.gateway.app import build
from services.gateway.stream.feed import MOST_OF_ONE_KEY
from services.gateway.stream.sse import Position, PositionSigner
from shared.events import Event, make
from shared.testing.examples import example
from tests.integration.gateway.test_gateway import Town, code, limits, town
from tests.integration.gateway_upstream import Writer

pytestmark = pytest.mark.integration

__all__ = ["limits", "town"]

Heard = dict[str, Any]


@pytest.fixture
def log_is_read() -> bool:
    return True


class Listener:
    """A client of the stream."""

    def __init__(self, answer: httpx2.Response) -> None:
        self._lines = answer.aiter_lines()
        self.last_id = ""

    async def next(self, *, seconds: float = 10) -> Heard:
        """The next event: its name and its data."""
        name, data = "", ""
        async with asyncio.timeout(seconds):
            async for line in self._lines:
                field, _, value = line.partition(": ")
                if field == "id":
                    self.last_id = value
                elif field == "event":
                    name = value
                elif field == "data":
                    data = value
                elif line == "" and name:
                    return {"event": name, **json.loads(data)}
        raise EOFError

    async def ids(self, count: int) -> list[str]:
        return [(await self.next())["id"] for _ in range(count)]


@asynccontextmanager
async def listening(client: httpx2.AsyncClient, last_id: str | None = None) -> AsyncIterator[Listener]:
    headers = {} if last_id is None else {"Last-Event-ID": last_id}
    async with client.stream("GET", "/stream", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Listener(answer)


def incident(town: Town, number: int, team: str | None = None) -> Event:
    fact = example("incident.opened.v1").data.model_copy(
        update={"id": f"INC-{number}", "team": team, "imported": False}
    )
    now = town.runtime.clock.now()
    return make("incident.opened.v1", subject=f"INC-{number}", sequence=1, time=now, data=fact)


async def test_what_happens_is_heard(town: Town) -> None:
    async with listening(town.client()) as listener:
        assert (await listener.next())["event"] == "hello"
        await town.harness.publish(incident(town, 1), example("alert.opened.v1"), example("page.failed.v1"))
        first = await listener.next()
        assert (first["event"], first["id"], first["version"]) == ("incident.opened", "INC-1", 1)
        assert [(await listener.next())["event"] for _ in range(2)] == ["alert.opened", "page.failed"]


async def test_who_comes_back_hears_what_was_missed_at_any_replica(town: Town) -> None:
    async with listening(town.client()) as listener:
        await listener.next()
        await town.harness.publish(incident(town, 1))
        await listener.ids(1)
    await town.harness.publish(incident(town, 2), incident(town, 3))
    async with listening(town.client(), listener.last_id) as again:
        assert (await again.next())["event"] == "hello"
        assert await again.ids(2) == ["INC-2", "INC-3"]
    other = await town.harness.start("gateway", build, instance="gateway.2")
    async with listening(town.client(runtime=other), listener.last_id) as elsewhere:
        assert (await elsewhere.next())["event"] == "hello"
        assert await elsewhere.ids(2) == ["INC-2", "INC-3"]
        await town.harness.publish(incident(town, 4))
        assert await elsewhere.ids(1) == ["INC-4"]


async def test_who_comes_back_too_late_is_told_to_read_all_again(town: Town) -> None:
    now = town.runtime.clock.now()
    positions = PositionSigner(town.harness.settings.secret_key)
    old = positions.of(Position(0, now.replace(year=now.year - 1)))
    forged = f"0-{int(now.timestamp() * 1000)}"
    for stale in (old, "nonsense", positions.of(Position(10**9, now)), forged, forged + "-" + "0" * 32):
        async with listening(town.client(), stale) as listener:
            assert (await listener.next())["event"] == "reset"


async def test_a_key_of_one_team_hears_of_that_team_only(town: Town) -> None:
    text, _ = await town.key("viewer", teams=["red"])

    async def not_theirs(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async with listening(town.client(text)) as listener:
        await listener.next()
        for replica in town.upstreams["incident"]:
            replica.misbehave = [not_theirs]
        page = example("page.failed.v1")
        await town.harness.publish(page, incident(town, 1, "blue"), incident(town, 2), incident(town, 3, "red"))
        assert await listener.ids(1) == ["INC-3"]


async def test_a_revoked_key_hears_no_more(town: Town) -> None:
    text, key_id = await town.key("viewer")
    async with listening(town.client(text)) as listener:
        await listener.next()
        await town.client().delete(f"/api-keys/{key_id}")
        with pytest.raises(EOFError):
            await listener.next(seconds=5)


async def test_who_may_not_hears_nothing(town: Town) -> None:
    tool = (await town.client().post("/integrations", json={"name": "cron"})).json()["key"]
    assert code(await town.client(None).get("/stream")) == (401, "no_key")
    assert code(await town.client(tool).get("/stream")) == (403, "webhooks_only")


async def test_listeners_do_not_hold_a_process_that_is_to_end(town: Town) -> None:
    async with listening(town.client()) as listener:
        await listener.next()
        async with asyncio.timeout(5):
            await town.harness.stop(town.runtime)
        with pytest.raises((EOFError, httpx2.RemoteProtocolError)):
            await listener.next()


async def test_no_key_takes_all_places(town: Town) -> None:
    text, _ = await town.key("viewer")
    client = town.client(text)
    async with AsyncExitStack() as listeners:
        for _ in range(MOST_OF_ONE_KEY):
            await listeners.enter_async_context(listening(client))
        assert code(await client.get("/stream")) == (429, "too_many_streams")
        async with listening(town.client()) as listener:
            assert (await listener.next())["event"] == "hello"
