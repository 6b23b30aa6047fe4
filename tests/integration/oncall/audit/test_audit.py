"""The daily look at who is on call: each team is told once a day of what it has to mend, by whichever replica."""

from __future__ import annotations

from typing import Any

import pytest

from services.oncall.audit.auditor import Auditor
from services.oncall.audit.store import COLLECTION, Audits
from services.oncall.catalogue_copy.store import CatalogueServices
from services.oncall.directory.entry import Kind, create_entry
from services.oncall.directory.people import Team
from services.oncall.directory.store import DirectoryStore
from services.oncall.escalation.store.reachability import Reachability
from shared.clocks.clock import FixedClock
from shared.events import make
from shared.events.incidents import ServiceFact
from shared.leader_lease import LeaderLease
from shared.runtime import Runtime
from shared.stored import Stored
from shared.testing.harness import Harness
from tests.unit.oncall.escalations import START, make_user
from tests.unit.oncall.schedule_builders import make_layer, make_schedule

pytestmark = pytest.mark.integration


async def test_a_team_is_told_of_its_gaps_once_a_day_from_its_second_day_on(harness: Harness) -> None:
    runtime, clock = Runtime("oncall", harness.settings), FixedClock(START)
    runtime.clock = clock  # type: ignore[assignment]
    directory, audits, lease = DirectoryStore(runtime), Audits(runtime), LeaderLease(runtime, "auditor")
    services = CatalogueServices(runtime)
    fact = ServiceFact(id="pay", name="Payments", team="money", escalation_policy_id="gone")
    await services.learn([make("service.changed.v1", subject="pay", sequence=1, time=START, data=fact)])
    await runtime.database.ensure_indexes(runtime._indexes)
    gappy = make_schedule(make_layer("a", None)).model_copy(update={"team": "money"})
    entries: list[tuple[Kind, str, Stored]] = [
        (Kind.USER, "a", make_user("a", "mail")),
        (Kind.TEAM, "money", Team(name="Money", members=("a",))),
        (Kind.TEAM, "other", Team(name="Other")),
        (Kind.SCHEDULE, "weekly", gappy),
    ]
    for kind, key, content in entries:
        assert await directory.commit(create_entry(kind, key, content, None, START))
    auditors = [Auditor(audits, directory, Reachability(runtime), lease, clock, services=services) for _ in range(2)]

    async def told() -> list[dict[str, Any]]:
        documents = await runtime.database.collection(COLLECTION).find({}).to_list()
        return [event for document in documents for event in document.get("outbox", {}).get("events", [])]

    for hours, count in ((0, 0), (22, 0), (2, 1), (12, 1), (12, 2)):
        clock.advance(hours=hours)
        for auditor in auditors:
            await auditor.sweep()
        assert len(await told()) == count
    event = (await told())[0]
    assert event["key"] == "audit.made.v1"
    assert b'"team_id":"money"' in event["body"]
    assert b'"service_pages_nobody"' in event["body"]
    await runtime.database.drop()
    await runtime.database.close()
