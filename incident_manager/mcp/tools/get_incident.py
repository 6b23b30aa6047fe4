"""One incident."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import Context

from incident_manager.client.gateway import segment
from incident_manager.mcp.answers import whole
from incident_manager.mcp.contract import Callers, Tool


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def get_incident(ctx: Context, incident_id: str) -> dict[str, Any]:
        """Tells what is known of one incident: status, clocks, roles, texts, and how it was resolved."""
        return whole(callers.gateway_of(ctx).get(f"/incidents/{segment(incident_id)}"), callers.url)

    return get_incident


TOOL = Tool("get_incident", "Show an incident", make)
