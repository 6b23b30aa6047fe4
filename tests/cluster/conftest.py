"""One network and one cluster for the whole tier, two sites for every test; all of it on this machine, as root."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing.harness import eventually
from shared.testing.webhook_sink import WebhookSink
from tests.cluster.network import HERE, Machine, Network
from tests.cluster.nodes import Cluster
from tests.cluster.sites import Sites

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test kills and cuts for minutes."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.cluster)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(420))


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    with Network() as one:
        yield one


@pytest.fixture(scope="session")
def standing_cluster(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster"), network) as cluster:
        yield cluster


@pytest.fixture
async def cluster(standing_cluster: Cluster) -> Cluster:
    """All three nodes run and see each other."""
    await eventually(lambda: asyncio.to_thread(lambda: standing_cluster.whole), seconds=60)
    return standing_cluster


@pytest.fixture(scope="session")
def machines(network: Network) -> list[Machine]:
    """Where the near and the far site are."""
    return [network.machine(host) for host in (21, 22)]


@pytest.fixture
def sites(tmp_path: Path, machines: list[Machine], cluster: Cluster) -> Iterator[Sites]:
    with Sites(tmp_path, machines, cluster) as both:
        yield both


@pytest.fixture
def hooks(network: Network) -> Iterator[WebhookSink]:
    with WebhookSink(HERE) as sink:
        yield sink
