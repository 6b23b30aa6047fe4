"""Sparse numbers in lists, questions that have an index, two who import at once, and a piece that was broken off."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pymongo import monitoring

from services.incident.app import build
from services.incident.history.store.announcements import PATIENCE, Announcements
from services.incident.numbering.incident_ids import rank_of
from shared.bus.batches import as_opened
from shared.bus.consumer import Delivery
from shared.callers.identity import Identity
from shared.events.incidents import ImportedIncidents
from shared.testing.due import look_for_due
from shared.testing.harness import Harness, eventually
from shared.testing.plans import Heard
from shared.vocabulary import Role
from tests.integration.incident.history.test_history import bring_in, row

pytestmark = pytest.mark.integration
HEARD = Heard()
monitoring.register(HEARD)  # it hears the clients that are made from now on: those of this module's tests


def sparse(count: int) -> list[dict[str, Any]]:
    return [
        row(f"n{n}", id=f"INC-2019030{1 + n % 4}-{1 + n * 7919 % 999_983:06d}", created_at=f"2019-03-0{1 + n % 4}")
        for n in range(count)
    ]


async def test_lists_walk_through_sparse_numbers_and_every_question_has_an_index(harness: Harness) -> None:
    incident = await harness.start("incident", build)
    client = harness.client(incident)
    HEARD.database = incident.database.name
    rows = sparse(330)
    opened = [one | {"status": "triggered", "service_id": "x"} for one in rows[:30]]
    over = [one | {"status": "resolved", "resolved_at": "2019-03-05"} for one in rows[30:]]
    assert (await bring_in(client, *opened, *over, row("no id")))["imported"] == 331
    live = (await client.post("/incidents", json={"title": "live"})).json()["id"]

    async def walk(query: str) -> list[str]:
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await client.get(f"/incidents?limit=40&{query}&cursor={cursor}")).json()
            found += [one["id"] for one in page["items"]]
            cursor = page["next_cursor"]
        return found

    everything = await walk("")
    assert everything == sorted(everything, key=rank_of, reverse=True)
    assert len(everything) == len(set(everything)) == 332
    assert {one["id"] for one in rows} | {live} < set(everything)
    assert await walk("sort=created_at") == everything[::-1]
    assert len(await walk("imported=true")) == 331
    assert await walk("imported=false") == [live]
    assert len(await walk("status=open")) == 32
    assert len(await walk("service_id=x")) == 30
    assert len(await walk("from=2019-03-02&to=2019-03-03")) == len([one for one in rows if "0302-" in one["id"]])
    assert len((await client.get("/history/export")).json()["incidents"]) == 332
    assert [one for one in await HEARD.scans(incident.database) if one.query] == []


FILTERS = (
    "status=closed", "status=resolved,closed", "status=open&service_id=x", "severity=high", "severity=high,low",
    "priority=low", "category=failure", "category=request,error", "service_id=x", "service_id=x,y", "drill=true",
    "priority_unusual=true", "q=n17", "q=nothing+of+it", "imported=true&severity=high", "from=2019-03-02&severity=low",
    "to=2019-03-02&sort=created_at",
)  # fmt: skip


async def test_every_filter_of_a_list_is_answered_by_an_index_also_where_nothing_fits(harness: Harness) -> None:
    incident = await harness.start("incident", build)
    client = harness.client(incident)
    limited = harness.client(incident, Identity(key_id="k", name="k", role=Role.VIEWER, teams=("nobody",)))
    over = {"status": "resolved", "resolved_at": "2019-03-05", "severity": "high"}
    assert (await bring_in(client, *(one | over for one in sparse(60))))["imported"] == 60
    HEARD.database = incident.database.name
    shown = {
        query: len((await client.get(f"/incidents?limit=200&{query}")).raise_for_status().json()["items"])
        for query in FILTERS
    }
    assert (await limited.get("/incidents")).json()["items"] == []
    asked = list(HEARD.asked)
    assert [one for one in await HEARD.scans(incident.database) if one.query] == []
    assert {one.collection for one in asked} >= {"incidents", "incident_facets", "imported_numbers", "imported_months"}
    assert (shown["severity=high"], shown["status=resolved,closed"], shown["q=n17"]) == (60, 60, 1)
    assert [shown[one] for one in ("status=closed", "severity=high,low", "service_id=x", "drill=true")] == [0, 60, 0, 0]


async def test_an_id_of_another_day_is_found_by_the_time_of_its_incident(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    await bring_in(client, row("moved", id="INC-20180101-000777"), row("there"))
    found = (await client.get("/incidents?from=2019-03-04&to=2019-03-05")).json()["items"]
    assert sorted(one["title"] for one in found) == ["moved", "there"]


async def test_two_processes_that_import_the_same_make_each_incident_once(harness: Harness) -> None:
    clients = [
        harness.client(await harness.start("incident", build, instance=name)) for name in ("incident", "incident-2")
    ]
    rows = [row(f"n{n % 7}") for n in range(60)]
    told = await asyncio.gather(*(bring_in(one, *rows) for one in clients))
    assert sum(one["imported"] for one in told) == 60
    assert sum(one["already_there"] for one in told) == 60
    assert len((await clients[0].get("/history/export")).json()["incidents"]) == 60


async def test_what_was_written_and_not_told_is_told_later_as_the_same_event(harness: Harness) -> None:
    incident = await harness.start("incident", build)
    client = harness.client(incident)
    await bring_in(client, row("told", id="INC-20190304-0001"))
    store = Announcements(incident)
    long_ago = incident.clock.now() - PATIENCE - timedelta(seconds=1)
    await store.open(["INC-20190304-0001", "INC-20190304-0002"], long_ago)
    look_for_due(incident)
    told = await eventually(
        lambda: [one for one in harness.events if isinstance(one.data, ImportedIncidents)],
        until=lambda ids: len(ids) > 1,
    )
    opened = as_opened([Delivery(one, {}, redelivered=False, routing_key="") for one in told])
    assert [one.payload.subject for one in opened] == ["INC-20190304-0001"] * 2
    assert len({one.payload.id for one in opened}) == 1
    assert await eventually(lambda: store.due(incident.clock.now(), 5), until=lambda due: not due) == []
