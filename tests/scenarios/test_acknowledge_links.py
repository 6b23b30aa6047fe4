"""The link in a page: looking at it changes nothing, its button acknowledges, and a forged one does neither."""

from __future__ import annotations

import httpx2

from tests.scenarios.world import Person, World


async def _paged(world: World) -> tuple[str, str, Person]:
    engineer, _, service = await world.on_call_team()
    await world.fire(service)
    said = (await engineer.paged()).json()
    return said["incident"]["id"], said["ack_url"], engineer


async def test_opening_the_link_shows_one_button_and_changes_nothing(world: World) -> None:
    incident_id, link, _ = await _paged(world)
    async with httpx2.AsyncClient(trust_env=False) as browser:
        shown = await browser.get(link, headers={"accept": "text/html"})
    assert shown.status_code == 200
    assert shown.headers["content-type"].startswith("text/html")
    assert shown.text.count("<button") == 1
    assert (await world.get(f"/incidents/{incident_id}"))["status"] == "triggered"


async def test_pressing_the_button_acknowledges_without_any_key(world: World) -> None:
    incident_id, link, engineer = await _paged(world)
    async with httpx2.AsyncClient(trust_env=False) as browser:
        pressed = await browser.post(link)
    assert pressed.is_success, pressed.text
    incident = await world.becomes(incident_id, "acknowledged")
    assert incident["acknowledged_at"] is not None
    timeline = (await world.get(f"/incidents/{incident_id}/timeline"))["items"]
    assert any(engineer.id in (line["author"] or "") for line in timeline), timeline


async def test_pressing_the_button_twice_is_as_good_as_once(world: World) -> None:
    incident_id, link, _ = await _paged(world)
    async with httpx2.AsyncClient(trust_env=False) as browser:
        answers = [(await browser.post(link)).status_code for _ in range(2)]
    assert all(status < 300 for status in answers), answers
    assert (await world.get(f"/incidents/{incident_id}"))["status"] == "acknowledged"


async def test_a_forged_link_acknowledges_nothing(world: World) -> None:
    incident_id, link, _ = await _paged(world)
    forged = link[:-4] + ("AAAA" if not link.endswith("AAAA") else "BBBB")
    async with httpx2.AsyncClient(trust_env=False) as browser:
        answer = await browser.post(forged)
    assert 400 <= answer.status_code < 500
    assert (await world.get(f"/incidents/{incident_id}"))["status"] == "triggered"


async def test_the_mail_carries_the_link_too(world: World) -> None:
    engineer, _, service = await world.on_call_team()
    await world.fire(service)
    mail = await engineer.mailed()
    assert "/a/" in mail.text()
    assert "/a/" in mail.html()
