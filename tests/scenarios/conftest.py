"""One whole stack for the scenarios of a run, real mail and webhook receivers beside it, and a world for each test."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from deploy.local.debian import install_packages
from deploy.local.stack import Stack
from shared.testing.mail_sink import MailSink
from shared.testing.peers import alertmanager, prometheus
from shared.testing.peers.slack import SIGNING_SECRET, TOKEN, SlackServer
from shared.testing.webhook_sink import WebhookSink
from tests.budgets import tier_of
from tests.scenarios.earlier_tree import has_history
from tests.scenarios.world import World, world_of

HERE = Path(__file__).parent
UPGRADE = "test_upgrade.py"
STACKS_OF_THEIR_OWN = {
    UPGRADE,
    "test_backup.py",
    "test_canary.py",
    "test_fuzz.py",
    "test_minutes.py",
    "test_own_failures.py",
}
"""Files whose tests don't use the stack that the others share."""


class ByStack(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """All tests that share the stack run in one worker; beside them, in another, those with stacks of their own."""

    def _split_scope(self, nodeid: str) -> str:
        name = Path(nodeid.partition("::")[0]).name
        return name if name in STACKS_OF_THEIR_OWN else "the stack of all"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByStack | None:
    """See `ByStack`; xdist's own groups have no effect under pytest 9.2."""
    return ByStack(config, log) if {tier_of(path) for path in config.args} == {"scenarios"} else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.scenarios)
        item.add_marker(pytest.mark.timeout(120))
        shares = item.path.name not in STACKS_OF_THEIR_OWN
        assert shares or not _shares_the_stack(item), f"{item.path.name} is in the wrong worker"
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
