"""What was forgotten, on a real incident service: found, told once a day, and by team."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import monitoring

from services.incident.app import build
from shared.callers.identity import Identity
from shared.events.control import StaleFact
from shared.runtime import Runtime
from shared.stale.asking import PATH
from shared.stale.telling import COLLECTION as TELLINGS
from shared.stale.telling import StaleTeller
from shared.testing.harness import Harness, eventually
from shared.testing.plans import Heard
from shared.vocabulary import Role

pytestmark = pytest.mark.integration

HEARD = Heard()
monitoring.register(HEARD)
SARA = Identity(key_id="s", name="sara", role=Role.ADMIN, user_id="sara")


async def forgotten(harness: Harness, folder: Path) -> tuple[Runtime, str]:
    """An incident that sara took six hours ago."""
    shift = folder / "clock"
    harness.settings = harness.settings.model_copy(update={"env": "test", "test_clock": shift})
    runtime = await harness.start("incident", build)
    api = harness.client(runtime, SARA)
    await api.post("/services", json={"id": "shop", "name": "Shop", "team": "web"})
    made = (await api.post("/incidents", json={"title": "disk", "service_id": "shop"})).json()
    await api.post(f"/incidents/{made['id']}/ack")
    later = runtime.clock.now() + timedelta(hours=6)
    shift.write_text(str(timedelta(hours=6).total_seconds()))
    await eventually(lambda: runtime.clock.now() >= later)
    return runtime, made["id"]


async def found(harness: Harness, runtime: Runtime, **identity: Any) -> list[tuple[str, str]]:
    caller = Identity(key_id="x", name="x", role=Role.VIEWER, **identity)
    answer = await harness.client(runtime, caller).get(PATH)
    assert answer.status_code == 200, answer.text
    return [(one["kind"], one["subject"]) for one in answer.json()["items"]]


async def test_it_is_found_until_somebody_touches_it_and_seen_by_its_team(harness: Harness, tmp_path: Path) -> None:
    runtime, incident = await forgotten(harness, tmp_path)
    assert await found(harness, runtime) == [("untouched", incident)]
    assert await found(harness, runtime, teams=("web",)) == [("untouched", incident)]
    assert await found(harness, runtime, teams=("db",)) == []
    await harness.client(runtime, SARA).post(f"/incidents/{incident}/timeline", json={"text": "still on it"})
    assert await found(harness, runtime) == []


async def test_an_action_that_is_overdue_is_its_assignees(harness: Harness) -> None:
    runtime = await harness.start("incident", build)
    api = harness.client(runtime, SARA)
    made = (await api.post("/incidents", json={"title": "disk"})).json()["id"]
    await api.post(f"/incidents/{made}/resolve", json={})
    review = (await api.post("/postmortems", json={"incident_id": made})).json()["id"]
    body = {"title": "more disks", "assignee_id": "kenji", "due_on": "2026-01-05"}
    action = (await api.post(f"/postmortems/{review}/actions", json=body)).json()
    (item,) = (await api.get(PATH)).json()["items"]
    assert (item["kind"], item["subject"], item["owner"]) == ("action_overdue", action["id"], "kenji")
    assert item["since"] == "2026-01-06T00:00:00Z"


async def test_whose_it_is_is_told_once_a_day(harness: Harness, tmp_path: Path) -> None:
    runtime, incident = await forgotten(harness, tmp_path)
    owners = [getattr(run, "__self__", None) for run in runtime._workers]
    (teller,) = [one for one in owners if isinstance(one, StaleTeller)]

    def told() -> list[StaleFact]:
        return [event.data for event in harness.events if isinstance(event.data, StaleFact)]

    await teller.sweep()
    await teller.sweep()
    (fact,) = await eventually(told)
    assert (fact.service, fact.person, [one.subject for one in fact.items]) == ("incident", "sara", [incident])
    yesterday = datetime.now(UTC) - timedelta(days=1, seconds=1)
    await runtime.database.collection(TELLINGS).update_one({"_id": "person/sara"}, {"$set": {"told_at": yesterday}})
    await teller.sweep()
    await eventually(lambda: len(told()) == 2)


async def test_every_question_has_an_index(harness: Harness, tmp_path: Path) -> None:
    runtime, _ = await forgotten(harness, tmp_path)
    HEARD.database = runtime.database.name
    await found(harness, runtime)
    assert {"incidents", "incident_timeline", "actions"} <= {one.collection for one in HEARD.asked}
    assert [one for one in await HEARD.scans(runtime.database) if one.query] == []


async def test_what_people_wrote_on_all_of_them_is_one_question(harness: Harness, tmp_path: Path) -> None:
    shift = tmp_path / "clock"
    harness.settings = harness.settings.model_copy(update={"env": "test", "test_clock": shift})
    runtime = await harness.start("incident", build)
    api = harness.client(runtime, SARA)
    ids = []
    for number in range(5):
        ids.append((await api.post("/incidents", json={"title": f"disk {number}"})).json()["id"])
        await api.post(f"/incidents/{ids[-1]}/ack")
    later = runtime.clock.now() + timedelta(hours=6)
    shift.write_text(str(timedelta(hours=6).total_seconds()))
    await eventually(lambda: runtime.clock.now() >= later)
    said = await harness.client(runtime, SARA).post(f"/incidents/{ids[2]}/timeline", json={"text": "still on it"})
    assert said.status_code == 201, said.text
    # a line is written a moment after it was taken
    left = [("untouched", ids[n]) for n in (0, 1, 3, 4)]
    await eventually(lambda: found(harness, runtime), until=lambda seen: seen == left)
    HEARD.asked.clear()
    HEARD.database = runtime.database.name
    assert [subject for _, subject in await found(harness, runtime)] == [ids[n] for n in (0, 1, 3, 4)]
    asked = [one for one in HEARD.asked if one.collection == "incident_timeline"]
    assert len(asked) == 1
    assert [one for one in await HEARD.scans(runtime.database) if one.query] == []
