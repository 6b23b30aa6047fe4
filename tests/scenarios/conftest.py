"""One whole stack for the scenarios of a run, real mail and webhook receivers beside it, and a world for each test."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local.debian import install_packages
from deploy.local.stack import Stack
from shared.testing.mail_sink import MailSink
from shared.testing.peers import alertmanager, prometheus
from shared.testing.peers.slack import SIGNING_SECRET, TOKEN, SlackServer
from shared.testing.webhook_sink import WebhookSink
from tests.scenarios.earlier_tree import has_history
from tests.scenarios.world import World, world_of

HERE = Path(__file__).parent
UPGRADE = "test_upgrade.py"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The tests that share the stack run in one worker (`--dist loadgroup`), one at a time.

    Beside them, in another, those run that start a stack of their own.
    """
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.scenarios)
        item.add_marker(pytest.mark.xdist_group("the stack of all" if _shares_the_stack(item) else item.path.stem))
        item.add_marker(pytest.mark.timeout(120))
    left_out = [item for item in ours if item.path.name == UPGRADE]
    if left_out and not has_history():
        warnings.warn(f"{UPGRADE} is left out: this is no clone with its whole history", stacklevel=1)
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _shares_the_stack(item: pytest.Item) -> bool:
    found = item._fixtureinfo.name2fixturedefs.get("stack", ())  # type: ignore[attr-defined] # nobody else knows it
    return any(one.scope == "session" for one in found[-1:])


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
    async with world_of(stack, mail, hooks) as one:
        yield one
