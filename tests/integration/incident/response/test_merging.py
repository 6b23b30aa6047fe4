"""Merging over HTTP and on the bus: both timelines stay, later alerts go to the survivor, races end in one survivor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any

import httpx2
import pytest

from services.incident.app import build
from shared.callers.identity import Identity
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.secrecy.signed_links import make_ack_token
from shared.testing.harness import Harness, eventually
from shared.vocabulary import AlertStatus, Role
from tests.unit.incident.builders import make_event

pytestmark = pytest.mark.integration


async def two(harness: Harness, client: httpx2.AsyncClient) -> tuple[str, str]:
    """The ids of two incidents that alerts opened: of group g1 and of group g2."""
    await harness.publish(make_event("a1", group_id="g1"), make_event("b1", group_id="g2"))

    async def ask() -> Any:
        return (await client.get("/incidents")).json()["items"]

    await eventually(ask, until=lambda items: len(items) == 2)
    first, second = [await harness.event("incident.opened.v1", of_group(name)) for name in ("g1", "g2")]
    return first.subject, second.subject


def of_group(name: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event.data, IncidentFact) and event.data.group_id == name


async def shown(client: httpx2.AsyncClient, key: str) -> Any:
    return (await client.get(f"/incidents/{key}")).json()


async def test_a_merged_incident_lives_on_in_the_survivor(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    first, second = await two(harness, client)
    await client.post(f"/incidents/{first}/timeline", json={"text": "seen on the first"})
    answer = await client.post(f"/incidents/{first}/merge", json={"into": second})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["merged_into"]) == ("closed", second)
    told = await harness.event("incident.merged.v1")
    assert isinstance(told.data, IncidentFact)
    assert (told.subject, told.data.merged_into) == (first, second)
    again = await client.post(f"/incidents/{first}/merge", json={"into": second})
    assert (again.status_code, again.json()["version"]) == (200, answer.json()["version"])

    await harness.publish(make_event("a2", group_id="g1"))
    await eventually(lambda: shown(client, second), until=lambda one: one["alerts"] == {"count": 3, "firing": 3})
    alerts = (await client.get(f"/incidents/{second}/alerts")).json()["items"]
    assert [one["id"] for one in alerts] == ["a2", "a1", "b1"]

    async def told_lines() -> list[tuple[str, str]]:
        items = (await client.get(f"/incidents/{second}/timeline")).json()["items"]
        return [(item["incident_id"], item["text"]) for item in items]

    said = await eventually(told_lines, until=lambda lines: len(lines) == 6)
    assert (first, "seen on the first") in said
    assert (second, f"{first} was merged into this one: Disk of a1 is full") in said
    pages: list[str] = []
    cursor = None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(f"/incidents/{second}/timeline", params=query)).json()
        pages += [item["text"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == [text for _, text in said]

    for alert, group in (("b1", "g2"), ("a2", "g1")):
        await harness.publish(make_event(alert, 2, status=AlertStatus.RESOLVED, group_id=group))
    await eventually(lambda: shown(client, second), until=lambda one: one["alerts"]["firing"] == 1)
    assert (await shown(client, second))["status"] == "triggered"
    await harness.publish(make_event("a1", 2, status=AlertStatus.RESOLVED, group_id="g1"))
    await eventually(lambda: shown(client, second), until=lambda one: one["status"] == "resolved")


async def test_an_alert_that_joined_the_survivor_a_moment_ago_is_known_and_counted_once(harness: Harness) -> None:
    """It still waits in the survivor's outbox, while its group's own incident is the merged one."""
    client = harness.client(await harness.start("incident", build))
    first, second = await two(harness, client)
    assert (await client.post(f"/incidents/{first}/merge", json={"into": second})).status_code == 200
    for number in range(3):
        alert = f"a{number + 2}"
        await harness.publish(make_event(alert, group_id="g1"))
        joined = {"count": number + 3, "firing": 3}
        await eventually(partial(shown, client, second), until=partial(has_alerts, joined))
        await harness.publish(make_event(alert, 2, status=AlertStatus.RESOLVED, group_id="g1"))
        await eventually(partial(shown, client, second), until=partial(has_alerts, joined | {"firing": 2}))


def has_alerts(counts: dict[str, int], incident: Any) -> bool:
    return bool(incident["alerts"] == counts)


async def test_what_can_not_be_merged_is_refused_by_name(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    client = harness.client(runtime)
    first, second = await two(harness, client)
    for into in (first, "INC-404", ""):
        answer = await client.post(f"/incidents/{first}/merge", json={"into": into})
        assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (422, ["/into"])
    assert (await client.post("/incidents/INC-404/merge", json={"into": first})).status_code == 404
    viewer = harness.client(runtime, Identity(key_id="v", name="screen", role=Role.VIEWER))
    assert (await viewer.post(f"/incidents/{first}/merge", json={"into": second})).status_code == 403
    assert (await client.post(f"/incidents/{first}/merge", json={"into": second})).status_code == 200
    back = await client.post(f"/incidents/{second}/merge", json={"into": first})
    assert (back.status_code, back.json()["code"]) == (409, "merge_circle")
    third = (await client.post("/incidents", json={"title": "the same"})).json()["id"]
    # into one that went on: it goes where that went
    assert (await client.post(f"/incidents/{third}/merge", json={"into": first})).json()["merged_into"] == second
    reopened = await client.put(f"/incidents/{first}/status", json={"status": "investigating"})
    assert reopened.status_code == 409


async def test_of_two_who_merge_each_into_the_other_one_wins(harness: Harness) -> None:
    runtimes = [await harness.start("incident", build, instance=f"incident.{n}") for n in (1, 2)]
    one, other = (harness.client(runtime) for runtime in runtimes)
    for _ in range(3):
        keys = [(await one.post("/incidents", json={"title": "twin"})).json()["id"] for _ in range(2)]
        answers = await asyncio.gather(
            one.post(f"/incidents/{keys[0]}/merge", json={"into": keys[1]}),
            other.post(f"/incidents/{keys[1]}/merge", json={"into": keys[0]}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        states = [await shown(one, key) for key in keys]
        assert sorted(state["status"] for state in states) == ["closed", "triggered"]
        (gone,) = [state for state in states if state["merged_into"]]
        (left,) = [state for state in states if not state["merged_into"]]
        assert (gone["merged_into"], left["merged_from"]) == (left["id"], [gone["id"]])


async def test_the_acknowledge_link_of_a_merged_incident_answers_for_the_survivor(harness: Harness) -> None:
    """Also where that went on: the last one is named, and taken."""
    client = harness.client(await harness.start("incident", build))
    keys = [(await client.post("/incidents", json={"title": f"trouble {n}"})).json()["id"] for n in range(3)]
    for gone, into in pairwise(keys):
        assert (await client.post(f"/incidents/{gone}/merge", json={"into": into})).status_code == 200
    token = make_ack_token(
        harness.settings.secret_key,
        incident_id=keys[0],
        generation=1,
        user_id="sara",
        page_id="p1",
        requested_at=datetime.now(UTC),
    )
    page = (await client.get(f"/a/{token}", headers={"accept": "text/html"})).text
    assert page.count("<button") == 1
    assert "trouble 2" in page
    assert f"This incident was merged into it: {keys[0]}" in page
    assert (await shown(client, keys[2]))["status"] == "triggered"

    answer = await client.post(f"/a/{token}")
    assert (answer.status_code, answer.json()) == (200, {"id": keys[2], "status": "acknowledged"})
    taken = await shown(client, keys[2])
    assert (taken["acknowledged_by"], taken["assignees"]) == ("sara", ["sara"])
    assert [(await shown(client, key))["status"] for key in keys[:2]] == ["closed", "closed"]
    assert "<button" not in (await client.get(f"/a/{token}", headers={"accept": "text/html"})).text
