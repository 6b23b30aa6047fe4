"""Puts matching together: the triggers in memory, and what hears of incidents and alerts."""

from __future__ import annotations

from services.automation.executions.wiring import ExecutionParts
from services.automation.incident_copies.store import IncidentCopies
from services.automation.matching.handlers import TriggerHandler
from services.automation.matching.trigger_cache import TriggerCache
from services.automation.runbooks.store import Runbooks


def trigger_handler(copies: IncidentCopies, runbooks: Runbooks, parts: ExecutionParts) -> TriggerHandler:
    """Starts what matches."""
    return TriggerHandler(copies, runbooks, TriggerCache(runbooks), parts.executions, parts.starting)
