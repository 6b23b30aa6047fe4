"""The copies made anew from the log and the owners: the same answers, to the last digit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from services.analytics.app import REPLICATED, build
from services.analytics.rebuild.progress import Progress
from services.analytics.rebuild.rebuilder import NotAnswered, rebuild
from shared.bus.consumer import Delivery
from shared.events import Event, make
from shared.events.incidents import ImportedIncidents, IncidentFact
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.testing.story import BEGAN
from tests.integration.analytics.figures.test_reports import MONTH, history, incident

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("log")]

OLD = incident(7, 4, title="Older than the log")
"""The log has forgotten it; its owner has not."""
PATHS = ("/reports/dashboard?group_by=day", "/reports/dashboard?group_by=component", "/reports/sla", "/reports/on-call")


def owner_of(*facts: Event) -> Callable[[Runtime], None]:
    """An owner that answers for everything, with these facts."""

    def build_owner(runtime: Runtime) -> None:
        def source(name: str) -> Callable[[], AsyncIterator[Event]]:
            async def tell() -> AsyncIterator[Event]:
                for one in facts:
                    if one.type == name:
                        yield one

            return tell

        async def ignore(batch: Any) -> None:
            assert all(isinstance(one, Delivery) for one in batch)

        for name in REPLICATED:
            runtime.snapshots(name, source(name))
        runtime.consume_events("incident", ignore)

    return build_owner


async def answers(client: httpx2.AsyncClient) -> list[bytes]:
    found = []
    for path in PATHS:
        answer = await client.get(path, params=MONTH)
        assert answer.status_code == 200, answer.text
        found.append(answer.content)
    return found


async def test_what_is_made_anew_gives_the_same_answers_to_the_last_digit(harness: Harness) -> None:
    imported = incident(8).data
    assert isinstance(imported, IncidentFact)
    batch = ImportedIncidents(id="imp", incidents=[imported.changed(imported=True)])
    told = make("history.imported.v1", subject="imp", sequence=1, time=BEGAN, data=batch)
    await harness.start("incident", owner_of(OLD))
    runtime = await harness.start("analytics", build)
    client = harness.client(runtime)
    await harness.publish(*history(), told)

    async def figures() -> dict[str, Any]:
        shown: dict[str, Any] = (await client.get("/reports/dashboard", params=MONTH)).json()["figures"]
        return shown

    def is_whole(found: dict[str, Any]) -> bool:
        return all(found[name]["value"] == value for name, value in
                   (("incidents", 5), ("pages", 2), ("actions_in_time", 0.5)))  # fmt: skip

    await eventually(figures, until=is_whole, seconds=20)
    await eventually(lambda: runtime.database.collection("alerts").count_documents({}))
    before = await answers(client)

    incidents = runtime.database.collection("incidents")
    await incidents.update_one({"_id": "INC-1"}, {"$set": {"data.severity": "low", "seq": 99}})
    await incidents.insert_one({"_id": "INC-99", "seq": 1, "at": BEGAN, "data": {"id": "INC-99"}})
    seen: list[Progress] = []
    assert await rebuild(harness.settings, seen.append) >= len(history())
    assert (seen[-1].step, seen[-1].share) == ("owners", 1.0)
    await eventually(lambda: answers(client), until=lambda found: found == before, seconds=20)
    assert await incidents.count_documents({"_id": {"$in": ["INC-99", "INC-7", "INC-8"]}}) == 2


async def test_owners_that_do_not_answer_are_named(harness: Harness) -> None:
    await harness.start("analytics", build)
    with pytest.raises(NotAnswered, match=r"alert\.opened\.v1"):
        await rebuild(harness.settings, lambda _: None, silent_seconds=0.5)
