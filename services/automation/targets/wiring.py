"""Wiring of targets: their store, their routes, and the places that scripts can run at."""

from __future__ import annotations

from services.automation.scripts.place import ScriptPlace
from services.automation.targets.api import TargetWriting, routes
from services.automation.targets.places import Places
from services.automation.targets.ssh_client import SshClient
from services.automation.targets.store import Targets
from shared.outside.outbound import networks
from shared.runtime import Runtime
from shared.secrecy.sealing import Seal

SECRETS = "tocsin runbook targets"


def add_targets(runtime: Runtime, sandbox: ScriptPlace) -> Places:
    """Put targets into the service; what is returned knows the sandbox, too."""
    targets = Targets(runtime)
    seal = Seal(runtime.settings.secret_key, SECRETS)
    places = Places(sandbox, targets, SshClient(networks(runtime.settings.outbound_allow)), seal)
    runtime.routes(routes(targets, TargetWriting(targets, seal), places))
    return places
