"""One whole stack for the scenarios of a run, real mail and webhook receivers beside it, and a world for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from deploy.local.debian import install_packages
from deploy.local.stack import Stack
from shared.testing.harness import PLAIN
from shared.testing.mail_sink import MailSink
from shared.testing.peers import alertmanager, prometheus
from shared.testing.peers.slack import SIGNING_SECRET, TOKEN, SlackServer
from shared.testing.webhook_sink import WebhookSink
from tests.scenarios.world import World

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All scenarios run in one worker (`--dist loadgroup`): a second stack would only slow both down."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.scenarios)
            item.add_marker(pytest.mark.xdist_group("scenarios"))
            item.add_marker(pytest.mark.timeout(120))


@pytest.fixture(scope="session")
def mail() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture(scope="session")
def hooks() -> Iterator[WebhookSink]:
    with WebhookSink() as sink:
        yield sink


@pytest.fixture(scope="session")
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture(scope="session")
def stack(mail: MailSink, slack: SlackServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    env = {"TOCSIN_OUTBOUND_ALLOW": "127.0.0.0/8", "TOCSIN_SMTP_URL": mail.url, "TOCSIN_RATE_LIMIT": "100000"}
    env |= {
        "TOCSIN_SLACK_API_URL": slack.url,
        "TOCSIN_SLACK_TOKEN": TOKEN,
        "TOCSIN_SLACK_SIGNING_SECRET": SIGNING_SECRET,
    }
    with Stack(tmp_path_factory.mktemp("scenarios"), env=env) as running:
        yield running


@pytest.fixture(scope="session")
def real_alertmanager() -> None:
    """Debian's package is there, or a clear message says how to get it."""
    if shutil.which(alertmanager.PROGRAM) is None:
        install_packages([alertmanager.PACKAGE], why="There is no Alertmanager here")


@pytest.fixture(scope="session")
def real_prometheus() -> None:
    """As `real_alertmanager`."""
    if shutil.which(prometheus.PROGRAM) is None:
        install_packages([prometheus.PACKAGE], why="There is no Prometheus here", daemon="prometheus")


@pytest.fixture
async def world(stack: Stack, mail: MailSink, hooks: WebhookSink) -> AsyncIterator[World]:
    async with httpx2.AsyncClient(
        base_url=stack.url,
        headers={"authorization": f"Bearer {stack.admin_key}"},
        timeout=20,
        trust_env=False,
        verify=PLAIN,
    ) as api:
        yield World(api, mail, hooks)
