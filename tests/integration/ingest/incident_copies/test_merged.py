"""Alerts of incidents that were merged: whose they are, whom they join, and that they end with the survivor."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx2
import pytest

from services.ingest.app import build
from services.ingest.incident_copies.store import GroupIncident, Incidents
from shared.events import Event
from shared.events.alerts import AlertFact
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.testing.plans import is_indexed
from shared.vocabulary import IncidentStatus
from tests.integration.ingest_stage import WEBHOOK, alert, incident_told, listed, now, status_of, told

pytestmark = pytest.mark.integration

CLOSED, RESOLVED, TRIGGERED = IncidentStatus.CLOSED, IncidentStatus.RESOLVED, IncidentStatus.TRIGGERED


def merged(id: str, group: str | None, into: str, at: datetime, sequence: int = 2) -> Event:
    """It was closed by being merged."""
    return incident_told(
        "merged", group, CLOSED, sequence, id=id, merged_into=into, resolved_at=at, resolved_by="mona",
        status_times={"closed": at, "resolved": at}, created_at=at - timedelta(minutes=5),
    )  # fmt: skip


def ended(id: str, group: str | None, at: datetime, sequence: int = 2, by: str = "mona") -> Event:
    return incident_told(
        "resolved", group, RESOLVED, sequence, id=id, resolved_at=at, resolved_by=by, created_at=at - timedelta(hours=1)
    )


def two_hops(group: str, at: datetime) -> list[Event]:
    """The incident of a group went into one that a person made, and that into another one, which a person resolved."""
    return [
        merged("A" + group, group, "B" + group, at - timedelta(minutes=3)),
        merged("B" + group, None, "C" + group, at - timedelta(minutes=2)),
        ended("C" + group, None, at),
    ]


ORDERS = list(itertools.permutations(range(3)))


async def test_where_incidents_went_is_followed_in_whatever_order_it_is_told(harness: Harness) -> None:
    incidents = Incidents(await harness.start("ingest", build))
    expected = {}
    for number, order in enumerate(ORDERS):
        group = f"g{number}"
        facts = two_hops(group, now())
        for index in (*order, order[0]):
            await incidents.learn([facts[index]])
        expected[group] = GroupIncident(f"C{group}", is_over=True)
    assert await incidents.of_groups(expected) == expected


async def test_while_the_survivor_is_open_the_group_goes_on(harness: Harness) -> None:
    incidents = Incidents(await harness.start("ingest", build))
    await incidents.learn([merged("A", "g", "B", now()), incident_told("opened", "other", TRIGGERED, 1, id="B")])
    await incidents.learn([merged("X", "unknown", "Y", now())])
    found = await incidents.of_groups(["g", "unknown"])
    assert found == {"g": GroupIncident("B", is_over=False), "unknown": GroupIncident("Y", is_over=False)}


async def opened(harness: Harness, client: httpx2.AsyncClient, key: str, service: str) -> AlertFact:
    before = len(told(harness, "alert.opened.v1", key))
    await client.post(WEBHOOK, json=alert(dedup_key=key, service=service))
    await eventually(lambda: told(harness, "alert.opened.v1", key), until=lambda found: len(found) > before)
    return told(harness, "alert.opened.v1", key)[-1]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "".join("ABC"[n] for n in order))
async def test_a_person_who_resolves_the_survivor_ends_the_alerts_of_all_that_went_into_it(
    harness: Harness, order: Sequence[int]
) -> None:
    client = harness.client(await harness.start("ingest", build))
    mine, others = await opened(harness, client, "a", "payments"), await opened(harness, client, "x", "orders")
    facts = two_hops(mine.group_id, now())
    for index in order:
        await harness.publish(facts[index])
    await eventually(lambda: told(harness, "alert.resolved.v1", "a"))
    assert await status_of(client, "x") == "firing"
    items = await listed(client, "?service=payments")
    assert {item["incident_id"] for item in items} == {f"C{mine.group_id}"}

    # it fires again: nobody must miss that
    again = await opened(harness, client, "a", "payments")
    assert again.group_id not in (mine.group_id, others.group_id)


async def test_what_goes_into_an_incident_that_was_reopened_is_not_ended_by_its_first_end(harness: Harness) -> None:
    client = harness.client(await harness.start("ingest", build))
    group = (await opened(harness, client, "a", "payments")).group_id
    end = now()
    late = ended("S", "gs", end)
    await harness.publish(
        late,
        incident_told("changed", "gs", IncidentStatus.INVESTIGATING, 3, id="S", created_at=end - timedelta(hours=1)),
        merged("A", group, "S", end + timedelta(seconds=5)),
        # told once more, as a broker may
        late,
    )
    await eventually(lambda: listed(client, "?service=payments"), until=lambda items: items[0]["incident_id"] == "S")
    await opened(harness, client, "b", "payments")
    assert await status_of(client, "a") == "firing"


async def test_a_survivor_that_ended_by_itself_ends_no_alert(harness: Harness) -> None:
    client = harness.client(await harness.start("ingest", build))
    group = (await opened(harness, client, "a", "payments")).group_id
    at = now()
    await harness.publish(merged("A", group, "S", at), ended("S", None, at, by="auto"))
    await eventually(lambda: listed(client, "?service=payments"), until=lambda items: items[0]["incident_id"] == "S")
    await opened(harness, client, "b", "payments")
    assert await status_of(client, "a") == "firing"


async def test_what_went_into_an_incident_is_found_by_an_index(harness: Harness) -> None:
    runtime: Runtime = await harness.start("ingest", build)
    incidents = Incidents(runtime)
    await incidents.learn([merged("A", "g", "B", now())])
    assert await is_indexed(incidents.collection, {"merged_into": {"$in": ["B"]}})
