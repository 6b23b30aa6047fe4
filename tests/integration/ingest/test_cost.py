"""What a new alert costs: how often the database is asked, and that what is not asked is right all the same."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest

from services.ingest.alerts.fold import Head
from services.ingest.alerts.store.heads import Heads
from services.ingest.alerts.writer import AlertWriter
from services.ingest.catalogue_copy.cache import CatalogueCache
from services.ingest.catalogue_copy.store import Catalogue
from services.ingest.grouping.store import Groups
from services.ingest.incident_copies.store import Incidents
from services.ingest.intake.message import QueuedAlert
from services.ingest.normalisation.alert import Action
from shared.bus.news import Nudges
from shared.runtime import Runtime
from shared.settings import Settings
from shared.vocabulary import IncidentStatus
from tests.integration.commands import Commands
from tests.integration.ingest_stage import incident_told, now
from tests.unit.ingest.builders import make_taken

pytestmark = pytest.mark.integration


class Worker:
    """The writer of one process, and its stores."""

    def __init__(self, settings: Settings) -> None:
        self.commands = Commands(f"{settings.namespace}_ingest")
        self.runtime = Runtime("ingest", settings)
        self.heads, self.groups = Heads(self.runtime), Groups(self.runtime)
        self.incidents = Incidents(self.runtime)
        catalogue = CatalogueCache(Catalogue(self.runtime), Nudges())
        self.writer = AlertWriter(self.heads, self.groups, self.incidents, catalogue, self.runtime.clock)

    async def start(self) -> None:
        await self.runtime.database.ensure_indexes(self.runtime._indexes)
        await self.groups.start()

    async def fold(self, second: float, key: str, service: str, action: Action = Action.TRIGGER) -> Head:
        """Take one message in; what is known of its key then."""
        taken = message(second, key, service, action)
        await self.writer.fold([taken])
        return (await self.heads.by_ids([taken.head]))[taken.head]

    async def group_of(self, second: float, key: str, service: str) -> str:
        """The group of an alert that is told now."""
        seen = (await self.fold(second, key, service)).occurrence
        assert seen is not None
        return seen.group_id


def message(second: float, key: str, service: str, action: Action = Action.TRIGGER) -> QueuedAlert:
    return make_taken(second, action, key=key, claim=service)


@pytest.fixture
async def settings(parts: Settings) -> Settings:
    return parts.model_copy(update={"namespace": f"t{secrets.token_hex(5)}"})


@pytest.fixture
async def worker(settings: Settings) -> AsyncIterator[Worker]:
    one = Worker(settings)
    await one.start()
    yield one
    await one.runtime.database.drop()
    await one.runtime.database.close()


async def another(settings: Settings) -> Worker:
    one = Worker(settings)
    await one.groups.start()
    return one


async def warm(worker: Worker) -> None:
    """What is asked now and then is asked."""
    await worker.fold(0, "warm", "warm")
    worker.commands.sent.clear()


async def test_the_first_alert_of_a_service_reads_its_head_and_writes_it_and_its_group(worker: Worker) -> None:
    await warm(worker)
    worker.commands.sent.clear()
    await worker.writer.fold([message(1, "a", "pay")])
    assert worker.commands.counts == {"alerts.find": 1, "groups.insert": 1, "alerts.insert": 1}


async def test_a_service_whose_incident_is_long_over_costs_no_more(worker: Worker) -> None:
    await warm(worker)
    first = await worker.group_of(0, "a", "pay")
    await worker.incidents.learn([incident_told("resolved", first, IncidentStatus.RESOLVED, 2)])
    worker.commands.sent.clear()
    await worker.writer.fold([message(3600, "b", "pay")])
    assert worker.commands.counts == {"alerts.find": 1, "groups.update": 1, "alerts.insert": 1}


async def test_of_a_group_that_may_still_take_alerts_the_incident_is_asked_for(worker: Worker) -> None:
    await warm(worker)
    first = await worker.group_of(0, "a", "pay")
    assert await worker.group_of(30, "b", "pay") == first
    await worker.incidents.learn([incident_told("resolved", first, IncidentStatus.RESOLVED, 2)])
    assert await worker.group_of(60, "c", "pay") != first


async def test_an_alert_that_has_other_keys_reads_all_of_them_at_once(worker: Worker) -> None:
    await warm(worker)
    known = await worker.fold(0, "other", "pay")
    taken = make_taken(1, Action.RESOLVE, key="own", claim="pay", others=(known.id,))
    worker.commands.sent.clear()
    await worker.writer.fold([taken])
    assert worker.commands.counts["alerts.find"] == 1
    after = (await worker.heads.by_ids([known.id]))[known.id]
    assert after.occurrence is not None
    assert not after.occurrence.status.is_open


async def test_of_two_processes_that_found_a_group_at_once_one_joins_the_other(
    worker: Worker, settings: Settings
) -> None:
    other = await another(settings)
    first = await worker.group_of(0, "a", "pay")
    assert await other.group_of(0.5, "b", "pay") == first, "it did not know that the group was there"
    await other.runtime.database.close()


async def test_what_is_known_by_heart_but_left_as_it_is_is_read(worker: Worker, settings: Settings) -> None:
    other = await another(settings)
    first = await worker.group_of(0, "a", "pay")
    await other.incidents.learn([incident_told("resolved", first, IncidentStatus.RESOLVED, 2, created_at=now())])
    second = await other.group_of(0.4, "b", "pay")
    assert second != first
    # within a second nothing of the group is written, and this process knows it as it was before
    assert await worker.group_of(0.8, "c", "pay") == second
    await other.runtime.database.close()


async def test_an_incident_that_was_reopened_takes_the_next_alert_at_once(worker: Worker) -> None:
    await warm(worker)
    first = await worker.group_of(0, "a", "pay")
    reopened = incident_told(
        "changed", first, IncidentStatus.TRIGGERED, 3, created_at=now(), reopened_at=message(3590, "x", "y").origin.at
    )
    await worker.incidents.learn([reopened])
    assert await worker.group_of(3600, "b", "pay") == first
