"""The communications lead informs customers on the public status page, whatever else is broken."""

from __future__ import annotations

import os
import re
import secrets
import signal
from collections.abc import AsyncIterator

import httpx2
import pytest

from deploy.local.stack import Stack
from shared.testing.harness import eventually
from tests.scenarios.world import World

SHOWN_SECONDS = 5


@pytest.fixture
async def reader(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """Anybody, without a key."""
    async with httpx2.AsyncClient(base_url=stack.url, timeout=20, trust_env=False) as anybody:
        yield anybody


async def _page(world: World, service: str, **more: object) -> str:
    slug = f"acme-{secrets.token_hex(4)}"
    component = {"id": "checkout", "name": "Checkout", "service_ids": [service]}
    await world.post("/status-pages", {"slug": slug, "name": "Acme", "components": [component]} | more, expect=201)
    return slug


async def _shows(reader: httpx2.AsyncClient, path: str, words: str, *, seconds: float = SHOWN_SECONDS) -> str:
    async def text() -> str:
        return (await reader.get(path)).text

    return await eventually(text, until=lambda shown: words in shown, seconds=seconds)


async def test_an_update_shows_to_customers_and_subscribers_and_in_the_timeline(
    world: World, reader: httpx2.AsyncClient
) -> None:
    _, _, service = await world.on_call_team()
    await world.fire(service)
    incident = await world.incident(service)
    slug = await _page(world, service)
    assert "All systems operational" in await _shows(reader, f"/status/{slug}", "Checkout")
    suggested = (await world.get(f"/status-pages/{slug}/suggestions"))["items"]
    assert [(one["component_id"], one["suggested"]) for one in suggested] == [("checkout", "major_outage")]
    address = f"{world.named('reader')}@example.org"
    await reader.post(f"/status/{slug}/subscribers", data={"email": address})
    asking = (await eventually(lambda: world.mail.to(address)))[0]
    confirm = re.search(rf"/status/{slug}/confirm/[\w.-]+", asking.text())
    assert confirm is not None
    assert (await reader.post(confirm[0])).status_code == 200
    body = {
        "page": slug,
        "incident_id": incident["id"],
        "status": "investigating",
        "impact": "major",
        "components": [{"id": "checkout", "status": "partial_outage"}],
        "message": "Some payments fail.",
    }
    published = await world.post("/status-pages/updates", body, expect=201)
    await _shows(reader, f"/status/{slug}", "Some payments fail.")
    summary = (await reader.get(f"/status/{slug}/api/v2/summary.json")).json()
    assert (summary["status"]["indicator"], summary["components"][0]["status"]) == ("major", "partial_outage")
    await world.until_told(incident["id"], "some payments fail.")
    mail = (await eventually(lambda: world.mail.to(address), until=lambda got: len(got) == 2))[1]
    assert "Some payments fail." in mail.text()
    done = {"page": slug, "incident_id": incident["id"], "status": "resolved", "message": "All payments work again."}
    assert (await world.post("/status-pages/updates", done))["post_id"] == published["post_id"]
    assert "All systems operational" in await _shows(reader, f"/status/{slug}", "All payments work again.")
    await _shows(reader, f"/status/{slug}/history", "Some payments fail.")
    await _shows(reader, f"/status/{slug}/feed.atom", "All payments work again.")


async def test_the_page_stays_up_while_its_service_does_not_answer(
    world: World, stack: Stack, reader: httpx2.AsyncClient
) -> None:
    slug = await _page(world, "payments")
    await _shows(reader, f"/status/{slug}", "Checkout")
    pid = stack.pid("comms")
    os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(20):
            answer = await reader.get(f"/status/{slug}")
            assert (answer.status_code, "Checkout" in answer.text) == (200, True)
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_page_in_persian_is_read_from_right_to_left_with_its_own_dates(
    world: World, reader: httpx2.AsyncClient
) -> None:
    slug = await _page(world, "payments", locale="fa", time_zone="Asia/Tehran")
    shown = await _shows(reader, f"/status/{slug}", "Checkout")
    assert '<html lang="fa" dir="rtl">' in shown
    assert re.search(r"[۰-۹]+ (?:فروردین|اردیبهشت|خرداد|تیر|مرداد|شهریور|مهر|آبان|آذر|دی|بهمن|اسفند) ۱۴[۰-۹]{2}", shown)
    assert "<script" not in shown
