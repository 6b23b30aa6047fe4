"""On-call's copy of the catalogue: which services name a policy, and whose they are."""

from __future__ import annotations

import random

import pytest

from services.oncall.catalogue_copy.handlers import CatalogueHandler
from services.oncall.catalogue_copy.store import COLLECTION, FACT, CatalogueServices
from shared.bus.consumer import Delivery
from shared.clocks.clock import Clock
from shared.events import Event, make
from shared.events.incidents import ServiceFact
from shared.runtime import Runtime
from shared.testing.harness import Harness

pytestmark = pytest.mark.integration


def told(key: str, sequence: int, policy: str | None, team: str | None = None, *, deleted: bool = False) -> Event:
    fact = ServiceFact(id=key, name=key.upper(), team=team, escalation_policy_id=policy, deleted=deleted)
    return make(FACT, subject=key, sequence=sequence, time=Clock().now(), data=fact)


async def test_the_copy_says_who_follows_a_policy_in_any_order_of_the_news(harness: Harness) -> None:
    runtime = Runtime("oncall", harness.settings)
    services = CatalogueServices(runtime)
    await runtime.database.ensure_indexes(runtime._indexes)
    news = [told("a", 1, "p", "money"), told("a", 2, "q", "money"), told("b", 1, "p"), told("c", 1, "p")]
    news += [told("c", 2, "p", deleted=True)] * 2
    random.Random(11).shuffle(news)
    for event in news:
        await CatalogueHandler(services).handle([Delivery(event, {}, False, FACT)])
    assert [(one.name, one.team, one.policy_id) for one in await services.all()] == [
        ("A", "money", "q"),
        ("B", None, "p"),
    ]
    await runtime.database.drop()
    await runtime.database.close()


async def test_a_lost_copy_is_asked_for_again(harness: Harness) -> None:
    runtime = Runtime("oncall", harness.settings)
    services = CatalogueServices(runtime)
    replays = runtime.database.collection("replays")
    await replays.insert_one({"_id": FACT})
    await services.learn([told("a", 1, "p")])
    await services.ask_again_if_empty()
    assert await replays.find_one({"_id": FACT}) is not None
    await runtime.database.collection(COLLECTION).delete_many({})
    await services.ask_again_if_empty()
    assert await replays.find_one({"_id": FACT}) is None
    await runtime.database.drop()
    await runtime.database.close()
