"""Ingest and the map: alerts join the open incident of a service that their own needs, as far as it was heard of."""

from __future__ import annotations

import itertools
from typing import Any

import httpx2
import pytest

from services.ingest.alerts.store.heads import Heads
from services.ingest.app import build
from services.ingest.grouping.inhibition import Cause
from services.ingest.incident_copies.store import Incidents
from shared.events import Event
from shared.events.alerts import AlertFact, EffectOf
from shared.events.incidents import Dependency
from shared.runtime import Runtime
from shared.testing.harness import Harness, eventually
from shared.vocabulary import IncidentStatus, Severity
from tests.integration.ingest_stage import WEBHOOK, alert, incident_told, listed, now, service_changed, status_of

pytestmark = pytest.mark.integration

CAUSE = "INC-20261121-0007"


@pytest.fixture
async def ingest(harness: Harness) -> Runtime:
    return await harness.start("ingest", build)


@pytest.fixture
async def client(harness: Harness, ingest: Runtime) -> httpx2.AsyncClient:
    return harness.client(ingest)


def cause(status: IncidentStatus = IncidentStatus.TRIGGERED, sequence: int = 1, **fields: Any) -> Event:
    given = {"id": CAUSE, "service_id": "users", "severity": Severity.CRITICAL, **fields}
    return incident_told("changed", None, status, sequence, **given)


async def mapped(harness: Harness, ingest: Runtime, *incidents: Event) -> None:
    """Payments needs users so that it fails with it, and the mail only so that it gets worse."""
    needs = [Dependency(service_id="users"), Dependency(service_id="mail", hard=False)]
    await harness.publish(*(service_changed(one) for one in ("users", "mail")))
    await harness.publish(service_changed("payments", depends_on=needs), *incidents)
    copy = Incidents(ingest)

    async def known() -> int:
        return len(await copy.causes(["users", "mail"]))

    await eventually(known, until=lambda count: count == len(incidents))


async def opened(harness: Harness, key: str) -> AlertFact:
    def is_it(event: Event) -> bool:
        return isinstance(event.data, AlertFact) and event.data.dedup_key == key

    fact = (await harness.event("alert.opened.v1", is_it)).data
    assert isinstance(fact, AlertFact)
    return fact


async def joined(harness: Harness, client: httpx2.AsyncClient) -> AlertFact:
    """An effect: the copy of the map may be a moment behind."""
    numbers = itertools.count()

    async def fired() -> AlertFact:
        key = f"p{next(numbers)}"
        await client.post(WEBHOOK, json=alert(dedup_key=key))
        return await opened(harness, key)

    return await eventually(fired, until=lambda fact: fact.effect_of is not None)


async def test_an_alert_joins_the_graver_incident_of_what_its_service_needs(
    harness: Harness, client: httpx2.AsyncClient, ingest: Runtime
) -> None:
    await mapped(harness, ingest, cause())
    fact = await joined(harness, client)
    assert fact.effect_of == EffectOf(incident_id=CAUSE, service_id="users", path=["payments", "users"])
    shown = next(one for one in await listed(client) if one["dedup_key"] == fact.dedup_key)
    assert (shown["incident_id"], shown["effect_of"]["path"]) == (CAUSE, ["payments", "users"])

    await client.post(WEBHOOK, json=alert(dedup_key="grave", severity="critical"))
    assert (await opened(harness, "grave")).effect_of is None


async def test_a_soft_dependency_has_no_effects(harness: Harness, client: httpx2.AsyncClient, ingest: Runtime) -> None:
    await mapped(harness, ingest, cause(), cause(id="INC-20261121-0008", service_id="mail", created_at=now()))
    await joined(harness, client)
    await harness.publish(cause(IncidentStatus.RESOLVED, 2, resolved_at=now(), resolved_by="auto"))
    await eventually(lambda: Incidents(ingest).causes(["users"]), until=lambda found: found == [])
    await client.post(WEBHOOK, json=alert(dedup_key="later"))
    assert (await opened(harness, "later")).effect_of is None


async def test_who_resolves_the_cause_ends_its_effects(
    harness: Harness, client: httpx2.AsyncClient, ingest: Runtime
) -> None:
    await mapped(harness, ingest, cause())
    fact = await joined(harness, client)
    await harness.publish(cause(IncidentStatus.RESOLVED, 2, resolved_at=now(), resolved_by="sara"))
    await eventually(lambda: status_of(client, fact.dedup_key), until=lambda status: status == "resolved")


async def test_who_resolves_what_the_cause_went_into_ends_its_effects(
    harness: Harness, client: httpx2.AsyncClient, ingest: Runtime
) -> None:
    await mapped(harness, ingest, cause())
    fact = await joined(harness, client)
    at = now()
    over: dict[str, Any] = {"resolved_at": at, "resolved_by": "sara", "status_times": {"closed": at}}
    await harness.publish(cause(IncidentStatus.CLOSED, 2, merged_into="INC-20261121-0009", **over))
    await harness.publish(cause(IncidentStatus.RESOLVED, 2, id="INC-20261121-0009", **over | {"resolved_at": now()}))
    await eventually(lambda: status_of(client, fact.dedup_key), until=lambda status: status == "resolved")


async def test_any_order_and_repetition_of_what_is_told_of_incidents_ends_in_the_same_causes(ingest: Runtime) -> None:
    incidents = Incidents(ingest)
    began = now()
    for number, order in enumerate(itertools.permutations(range(4))):
        names: dict[str, Any] = {"id": f"INC-{number}", "service_id": f"s{number}", "created_at": began}
        over: dict[str, Any] = {"id": f"INC-{number}-over", "service_id": f"s{number}"}
        told = [
            cause(sequence=1, **names),
            cause(IncidentStatus.ACKNOWLEDGED, sequence=2, **{**names, "severity": Severity.MEDIUM}),
            cause(sequence=1, **over),
            cause(IncidentStatus.RESOLVED, sequence=2, resolved_at=now(), **over),
        ]
        for index in (*order, order[0]):
            await incidents.learn([told[index]])
        (found,) = await incidents.causes([f"s{number}"])
        assert (found.incident_id, found.severity) == (f"INC-{number}", Severity.MEDIUM)
        assert isinstance(found, Cause)


@pytest.mark.parametrize(
    "fields",
    [{"imported": True}, {"prediction_id": "p1"}, {"service_id": "unrouted"}, {"service_id": None}],
    ids=["imported", "predicted", "unrouted", "of_no_service"],
)
async def test_what_has_not_failed_here_has_no_effects(ingest: Runtime, fields: dict[str, Any]) -> None:
    incidents = Incidents(ingest)
    await incidents.learn([cause(**fields)])
    assert await incidents.causes(["users", "unrouted"]) == []


async def test_causes_and_effects_are_found_by_an_index(ingest: Runtime) -> None:
    asked = {
        "incidents": {"in_trouble": {"$in": ["users", "mail"]}},
        Heads(ingest).collection.name: {"effect_of.incident_id": CAUSE},
    }
    for name, query in asked.items():
        hint = "in_trouble" if name == "incidents" else "cause"
        assert "IXSCAN" in str(await ingest.database.collection(name).find(query).hint(hint).explain()), name
