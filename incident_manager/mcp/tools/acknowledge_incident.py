"""Somebody takes an incident."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import Context

from incident_manager.client.gateway import segment
from incident_manager.mcp.answers import brief
from incident_manager.mcp.contract import Callers, Tool


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def acknowledge_incident(ctx: Context, incident_id: str) -> dict[str, Any]:
        """Acknowledges an incident in the name of the key's holder: PAGING STOPS. Only when a person asked for it."""
        return brief(callers.gateway_of(ctx).post(f"/incidents/{segment(incident_id)}/ack"), callers.url)

    return acknowledge_incident


TOOL = Tool("acknowledge_incident", "Acknowledge an incident", make, is_write=True, is_destructive=True)
