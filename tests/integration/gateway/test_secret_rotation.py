"""At the gateway `TOCSIN_SECRET_KEY` is changed: `old`, then `new,old`, then `new` alone, with a start in between."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from services.gateway.app import build as build_gateway
from shared.testing.harness import eventually
from tests.integration.gateway.stream.test_stream import listening
from tests.integration.gateway.test_gateway import Town, code, town

pytestmark = pytest.mark.integration

__all__ = ["town"]

OLD, NEW = "old-" * 8, "new-" * 8


@pytest.fixture
def limits() -> dict[str, Any]:
    return {"secret_key": OLD}


@pytest.fixture
def log_is_read() -> bool:
    return True


async def restarted(town: Town, secret_key: str) -> None:
    await town.harness.stop(town.runtime)
    town.harness.settings = town.harness.settings.model_copy(update={"secret_key": secret_key})
    town.runtime = await town.harness.start("gateway", build_gateway)


class Browser:
    """Somebody who is signed in and stays so over restarts."""

    def __init__(self, town: Town, token: str, csrf: str) -> None:
        self._town, self._token, self.csrf = town, token, csrf

    def _client(self) -> httpx2.AsyncClient:
        client = self._town.client(None)
        client.cookies.set("tocsin_session", self._token)
        return client

    async def write(self) -> httpx2.Response:
        return await self._client().post("/incidents/x/ack", json={}, headers={"X-Tocsin-CSRF": self.csrf})

    async def shown_csrf(self) -> str:
        answer = await self._client().get("/session")
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["csrf_token"]
        return token


async def signed_in(town: Town) -> Browser:
    client = town.client(None)
    answer = await client.post("/session", json={"key": town.admin_key})
    return Browser(town, client.cookies["tocsin_session"], answer.json()["csrf_token"])


async def ordered(town: Town) -> httpx2.Response:
    return await town.client().post("/services", json={"name": "a"}, headers={"Idempotency-Key": "order-66"})


async def last_note(town: Town, at_least: int) -> int:
    async def numbers() -> list[int]:
        items = (await town.client().get("/audit-log")).json()["items"]
        return [one["number"] for one in items]

    return (await eventually(numbers, until=lambda found: len(found) >= at_least))[0]


async def verified(town: Town, after: int = 0) -> tuple[bool, int | None]:
    answer = (await town.client().get("/audit-log/verification", params={"after": after})).json()
    return answer["sound"], answer["first_broken"]


async def opening(town: Town, last_id: str | None) -> tuple[str, str]:
    async with listening(town.client(), last_id) as listener:
        return (await listener.next())["event"], listener.last_id


async def test_at_the_gateway_all_of_before_goes_on_until_the_old_secret_is_taken_out(town: Town) -> None:
    browser = await signed_in(town)
    assert (await browser.write()).status_code == 200
    first = await ordered(town)
    _, position = await opening(town, None)
    noted = await last_note(town, 3)

    await restarted(town, f"{NEW},{OLD}")
    assert (await browser.write()).status_code == 200
    kept = browser.csrf
    browser.csrf = await browser.shown_csrf()
    assert browser.csrf != kept
    assert (await browser.write()).status_code == 200
    again = await ordered(town)
    assert (again.headers["idempotency-replayed"], again.content) == ("true", first.content)
    assert (await opening(town, position))[0] == "hello"
    both = await last_note(town, noted + 2)
    assert await verified(town) == (True, None)

    await restarted(town, NEW)
    assert (await browser.write()).status_code == 200, "what the new secret signed is good"
    browser.csrf = kept
    assert code(await browser.write()) == (403, "csrf")
    passed_on = len(town.upstreams["incident"][0].got) + len(town.upstreams["incident"][1].got)
    assert code(await ordered(town)) == (409, "answer_unreadable")
    assert len(town.upstreams["incident"][0].got) + len(town.upstreams["incident"][1].got) == passed_on
    assert (await opening(town, position))[0] == "reset"
    assert await verified(town) == (False, 1)
    assert await verified(town, noted) == (True, None)
    assert both > noted
