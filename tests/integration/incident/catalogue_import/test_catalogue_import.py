"""A catalogue of hundreds as one file: imported as a whole or refused as a whole, and looked after where it is long."""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx2
from pymongo import monitoring

from services.incident.app import build
from services.incident.catalogue.store.services import Catalogue
from services.incident.catalogue_import.api import catalogue_file
from services.incident.catalogue_import.store import ImportJobs
from services.incident.catalogue_import.worker import ImportWorker
from services.incident.service_map.map_cache import MapCache
from services.incident.service_map.response_cache import MapResponseCache
from shared.bus.news import Nudges
from shared.callers.identity import Identity
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.testing.plans import Heard, is_indexed
from shared.vocabulary import Role

SERVICES = 450
"""More than two pieces."""
HEARD = Heard()
monitoring.register(HEARD)  # it hears the clients that are made from now on: those of this module's tests


def impatient(runtime: Runtime) -> None:
    """The catalogue's file alone, which waits for no import."""
    catalogue, jobs = Catalogue(runtime), ImportJobs(runtime)
    keeper = MapCache(catalogue, Nudges())
    importer = ImportWorker(catalogue, keeper, jobs, runtime.clock)
    routes = catalogue_file.routes(keeper, importer, jobs, MapResponseCache(), clock=runtime.clock, patience_seconds=0)
    runtime.routes(routes)
    runtime.on_start(keeper.start)
    runtime.worker(importer.run)


def a_file(services: int, **more: Any) -> str:
    rows = [f"- {{id: s{n:04d}, name: Service {n}, depends_on: [s{(n + 1) % services:04d}]}}" for n in range(services)]
    return "\n".join(["services:", *rows, *(f"- {{id: {key}, {value}}}" for key, value in more.items())])


async def ended(client: httpx2.AsyncClient, answer: httpx2.Response) -> dict[str, Any]:
    async def ask() -> dict[str, Any]:
        job: dict[str, Any] = (await client.get(answer.headers["Location"])).json()
        return job

    return await eventually(ask, until=lambda job: job["state"] not in ("waiting", "writing"))


async def test_hundreds_of_services_are_written_and_told_once(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", build))
    done = await client.post("/services/import", content=a_file(SERVICES))
    assert (done.status_code, done.json()["created"], len(done.json()["diff"])) == (200, SERVICES, SERVICES)
    needs = (await client.get("/services/s0000/dependencies")).json()
    assert (needs["total"], needs["items"][-1]["distance"]) == (SERVICES - 1, SERVICES - 1)
    again = (await client.post("/services/import", content=a_file(SERVICES))).json()
    assert (again["unchanged"], again["diff"]) == (SERVICES, [])
    last = f"s{SERVICES - 1:04d}"
    told = await harness.event("service.changed.v1", lambda event: event.subject == last)
    assert (told.sequence, told.data.model_dump()["depends_on"]) == (1, [{"service_id": "s0000", "hard": True}])


async def test_an_import_that_is_not_waited_for_shows_how_far_it_has_come(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", impatient))
    begun = await client.post("/services/import", content=a_file(SERVICES))
    assert begun.status_code == 202
    job = await ended(client, begun)
    assert (job["state"], job["written"], job["total"], job["created"]) == ("done", SERVICES, SERVICES, SERVICES)


async def test_a_file_with_a_fault_is_refused_also_when_nobody_waits(harness: Harness) -> None:
    client = harness.client(await harness.start("incident", impatient))
    job = await ended(client, await client.post("/services/import", content=a_file(2, bad="depends_on: [nobody]")))
    assert (job["state"], job["written"], job["problem"]["status"]) == ("refused", 0, 422)
    assert [fault["pointer"] for fault in job["problem"]["errors"]] == ["/services/2/name"]


async def test_an_import_is_seen_by_those_who_may_ask_for_one(harness: Harness) -> None:
    runtime = await harness.start("incident", impatient)
    key = partial(Identity, key_id="k", name="key")
    owner = harness.client(runtime, key(role=Role.MANAGER, teams=("web",)))
    begun = await owner.post("/services/import", content="services: [{id: web, name: Web, team: web}]")
    assert (await ended(owner, begun))["state"] == "done"
    where = begun.headers["Location"]
    for other, status in ((Role.VIEWER, 403), (Role.MANAGER, 404)):
        client = harness.client(runtime, key(role=other, teams=("data",)))
        assert (await client.get(where)).status_code == status


async def test_the_catalogue_is_read_along_its_ids(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    client = harness.client(runtime)
    await client.post("/services/import", content=a_file(SERVICES))
    ids = [one.id for one in await Catalogue(runtime).all()]
    assert ids == [*(f"s{n:04d}" for n in range(SERVICES)), "tocsin", "unrouted"]
    services = runtime.database.collection("services")
    assert await is_indexed(services, {"_id": {"$gt": "s0100"}}, sort={"_id": 1})


async def test_an_export_shows_what_another_process_changed_without_reading_the_catalogue(harness: Harness) -> None:
    one = await harness.start("incident", build)
    client, other = harness.client(one), harness.client(await harness.start("incident", build))
    assert (await client.post("/services/import", content=a_file(SERVICES))).status_code == 200
    before = (await client.get("/services/export")).text
    assert before.count("- id: ") == SERVICES + 1  # and the one for what has no service
    assert (await other.patch("/services/s0001", json={"tags": ["moved"]})).status_code == 200
    assert (await other.delete("/services/s0003")).status_code == 204
    HEARD.asked.clear()
    HEARD.database = one.database.name
    after = (await client.get("/services/export")).text
    asked, HEARD.database = [about.query for about in HEARD.asked if about.collection == "services"], ""
    assert all({"outbox_at", "_id"} & set(query) and "$gt" not in str(query) for query in asked)
    assert set(after.split("\n")) - set(before.split("\n")) == {"  tags: [moved]"}
    assert ("- id: s0003" in before, "s0003" in after) == (True, False)
