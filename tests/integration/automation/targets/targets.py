"""Targets that tests run scripts on."""

from __future__ import annotations

from typing import Any

from services.automation.targets.target import Target
from shared.testing.peers.sshd import Sshd


def target_of(sshd: Sshd, **changes: Any) -> Target:
    """This server as a target."""
    fields = {
        "name": "web-1",
        "host": "127.0.0.1",
        "port": sshd.port,
        "user": sshd.user,
        "host_key": sshd.host_key,
        "team": "team-a",
    }
    return Target.model_validate(fields | changes)
