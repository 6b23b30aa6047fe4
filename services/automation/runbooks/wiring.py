"""Puts runbooks together: their store, their routes, and what is told of them again on request."""

from __future__ import annotations

from services.automation.runbooks.api import runbooks as runbook_routes
from services.automation.runbooks.api import yaml_file
from services.automation.runbooks.api.writing import RunbookWriting
from services.automation.runbooks.store import Runbooks
from services.automation.scripts.choice import ScriptPlaces
from shared.runtime import Runtime
from shared.secrecy.sealing import Seal

SECRETS = "tocsin runbook secrets"


def runbook_seal(runtime: Runtime) -> Seal:
    """What seals the secrets of runbooks, and of their runs."""
    return Seal(runtime.settings.secret_key, SECRETS)


def add_runbooks(runtime: Runtime, places: ScriptPlaces) -> Runbooks:
    """The store of runbooks, with its routes."""
    runbooks = Runbooks(runtime)
    writing = RunbookWriting(runbooks, places, runbook_seal(runtime))
    # a file's address is also that of a runbook whose id ends so: it is asked first
    runtime.routes(yaml_file.routes(runbooks, writing))
    runtime.routes(runbook_routes.routes(runbooks, writing))
    runtime.snapshots("runbook.changed.v1", runbooks.snapshots)
    return runbooks
