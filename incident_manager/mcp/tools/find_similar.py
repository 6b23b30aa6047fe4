"""Past incidents like this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import Context

from incident_manager.client.gateway import segment
from incident_manager.mcp.contract import Callers, Tool
from incident_manager.mcp.found import tell_found


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def find_similar(ctx: Context, incident_id: str) -> dict[str, Any]:
        """Finds past incidents like this one, with what ended them and why they are thought to be alike."""
        gateway = callers.gateway_of(ctx)
        gateway.get(f"/incidents/{segment(incident_id)}")
        return tell_found(gateway.must_know(f"/incidents/{segment(incident_id)}/similar"), callers.url)

    return find_similar


TOOL = Tool("find_similar", "Find similar past incidents", make)
