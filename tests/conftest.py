"""What all tiers share: a broker and a database of the test run's own, started when the first test asks for them.

All workers of one run use the same two; each test has a namespace of its own on them.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from deploy.local.broker import Broker
from deploy.local.database import Database as LocalDatabase
from shared.settings import Settings
from shared.testing.harness import Harness
from shared.testing.namespaces import Namespaces, new_namespace
from tests.run_folder import run_folder

pytest_plugins = ["tests.budgets", "tests.limits", "tests.run_ending", "tests.container_parts"]

AMQP = "TOCSIN_AMQP_URL"
"""The environment's variable that names a broker to use instead of one of the run's own."""

# how fast examples come says how busy the machine is, and nothing of what they hold
settings.register_profile("tocsin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tocsin")


@pytest.fixture(scope="session")
def parts() -> Settings:
    """Settings that point at a running broker and database."""
    folder = run_folder()
    amqp, mongo = os.environ.get(AMQP), os.environ.get("TOCSIN_MONGO_URL")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if amqp is None:
            broker = Broker(folder)
            if broker.running() is None:
                broker.start()
            amqp = broker.url
        if mongo is None:
            database = LocalDatabase(folder)
            if database.running() is None:
                database.start()
            mongo = database.url
    return Settings(amqp_url=amqp, mongo_url=mongo, run_dir=folder, secret_key=secrets.token_hex(16), canary_seconds=0)


@pytest.fixture
def apart(parts: Settings) -> Settings:
    """The same, with a namespace that no other test and no other worker has."""
    return parts.model_copy(update={"namespace": new_namespace()})


@pytest.fixture(scope="session")
def namespaces(parts: Settings) -> Iterator[Namespaces]:
    """Those of this worker whose queues are there already."""
    one = Namespaces()
    yield one
    if AMQP in os.environ:  # a broker of our own ends with the run
        asyncio.run(one.remove(parts))


@pytest.fixture
async def harness(parts: Settings, namespaces: Namespaces) -> AsyncIterator[Harness]:
    """Services under test in this process, on a namespace in which nothing is left of any other test."""
    async with namespaces.harness(parts) as one:
        yield one


@pytest.fixture
async def log(harness: Harness) -> None:
    """The stream of all events of that namespace, empty; without this there may be none."""
    await harness.make_log()
