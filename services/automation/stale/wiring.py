"""Puts together what was forgotten here."""

from __future__ import annotations

from services.automation.executions.store.executions import Executions
from services.automation.stale.finding import StaleFinder
from shared.runtime import Runtime
from shared.stale.wiring import add_stale


def add_stale_executions(runtime: Runtime, executions: Executions) -> None:
    """Answers the gateway with it, and tells whose it is once a day."""
    add_stale(runtime, StaleFinder(executions).find)
