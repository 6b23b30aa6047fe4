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


async def test_whoever_subscribed_reads_when_a_maintenance_is_and_what_it_is_about(
    world: World, reader: httpx2.AsyncClient
) -> None:
    slug = await _page(world, "payments", time_zone="Europe/Berlin")
    address = f"{world.named('reader')}@example.org"
    await reader.post(f"/status/{slug}/subscribers", data={"email": address})
    asking = (await eventually(lambda: world.mail.to(address)))[0]
    confirm = re.search(rf"/status/{slug}/confirm/[\w.-]+", asking.text())
    assert confirm is not None
    await reader.post(confirm[0])
    plan = {
        "page": slug,
        "status": "scheduled",
        "title": "New disks",
        "message": "We exchange disks. See https://example.org/disks.",
        "components": [{"id": "checkout", "status": "under_maintenance"}],
        "scheduled_for": "2026-12-28T21:00:00Z",
        "scheduled_until": "2026-12-31T03:00:00Z",
    }
    await world.post("/status-pages/updates", plan, expect=201)
    window = "28 December 2026, 22:00 – 31 December 2026, 04:00 (Europe/Berlin)"
    mail = (await eventually(lambda: world.mail.to(address), until=lambda got: len(got) == 2))[1]
    assert window in mail.text()
    assert "Components: Checkout" in mail.text()
    assert str(mail.message["From"]).startswith("Acme <")
    for feed in ("feed.rss", "feed.atom"):
        shown = await _shows(reader, f"/status/{slug}/{feed}", window)
        assert "Checkout" in shown
    front = await _shows(reader, f"/status/{slug}", window)
    assert '<a href="https://example.org/disks" rel=' in front


async def test_what_a_person_said_is_what_customers_read_until_they_say_otherwise(
    world: World, reader: httpx2.AsyncClient
) -> None:
    slug = await _page(world, "payments")

    async def say(status: str, **more: object) -> str:
        body = {"page": slug, "status": status, "message": f"We say {status}."} | more
        return str((await world.post("/status-pages/updates", body, expect=201))["post_id"])

    def checkout(state: str) -> list[dict[str, str]]:
        return [{"id": "checkout", "status": state}]

    first = await say("investigating", impact="minor", components=checkout("major_outage"), title="It broke")
    await say("investigating", components=checkout("degraded_performance"), title="It is slow")
    await say("identified", post_id=first)
    await _shows(reader, f"/status/{slug}", "We say identified.")
    summary = (await reader.get(f"/status/{slug}/api/v2/summary.json")).json()
    assert {one["name"]: one["impact"] for one in summary["incidents"]} == {"It broke": "minor", "It is slow": "minor"}
    assert summary["components"][0]["status"] == "major_outage"
    await say("resolved", post_id=first)
    await _shows(reader, f"/status/{slug}", "We say resolved.")
    await _shows(reader, f"/status/{slug}/api/v2/components.json", "degraded_performance")
    assert "No incidents reported." not in (await reader.get(f"/status/{slug}")).text.partition("</h3>")[2][:400]


async def test_a_reader_who_went_astray_finds_a_way_on(world: World, reader: httpx2.AsyncClient) -> None:
    slug = await _page(world, "payments", locale="fa")
    lost = await reader.get(f"/status/{slug}/incidents/nothing")
    assert (lost.status_code, '<html lang="fa" dir="rtl">' in lost.text) == (404, True)
    assert f'<a href="/status/{slug}">' in lost.text
    nowhere = await reader.get("/status/there-is-none")
    assert nowhere.status_code == 404
    for locale in ("en", "ja", "fa"):  # whose page it would be is not known, nor what its reader speaks
        assert f'<section lang="{locale}"' in nowhere.text
    assert '<a href="/">' in nowhere.text
