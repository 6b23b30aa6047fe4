"""Debian's real SSH server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.debian import install_packages
from services.automation.targets.remote_script import RemotePlace
from services.automation.targets.ssh_client import SshClient
from services.automation.targets.target import Target
from shared.outside.outbound import networks
from shared.testing.peers import sshd as peer
from shared.testing.peers.sshd import Sshd
from tests.integration.automation.targets.targets import target_of

LOOPBACK = networks(["127.0.0.0/8"])


@pytest.fixture(scope="session")
def real_sshd() -> None:
    """The package is there, or a clear message says how to get it."""
    if not Path(peer.PROGRAM).exists():
        install_packages([peer.PACKAGE], why="There is no sshd here", daemon="ssh")


@pytest.fixture
def sshd(real_sshd: None) -> Iterator[Sshd]:
    with Sshd() as server:
        yield server


@pytest.fixture
def client() -> SshClient:
    return SshClient(LOOPBACK)


@pytest.fixture
def target(sshd: Sshd) -> Target:
    return target_of(sshd)


@pytest.fixture
def place(sshd: Sshd, client: SshClient, target: Target) -> RemotePlace:
    return RemotePlace(client, target, sshd.private_key)
