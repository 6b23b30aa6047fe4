"""Puts together what takes canaries in."""

from __future__ import annotations

from services.incident.canary.handlers import CanaryHandler
from shared.canary import CanaryDocument
from shared.runtime import Runtime


def canary_handler(runtime: Runtime) -> CanaryHandler:
    """Handles the events of canaries."""
    return CanaryHandler(CanaryDocument.of(runtime), runtime.clock)
