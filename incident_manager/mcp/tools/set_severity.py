"""How bad an incident is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from pydantic import Field

from incident_manager.client.gateway import segment
from incident_manager.mcp.answers import brief
from incident_manager.mcp.contract import Callers, Tool


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def set_severity(
        ctx: Context,
        incident_id: str,
        severity: Literal["critical", "high", "medium", "low"],
        reason: Annotated[str, Field(min_length=1, max_length=1000, description="stands on the timeline")],
    ) -> dict[str, Any]:
        """Changes an incident's severity; raising it to critical PAGES PEOPLE again from the first step."""
        path = f"/incidents/{segment(incident_id)}/status"
        incident = callers.gateway_of(ctx).write("PUT", path, {"severity": severity, "note": reason})
        return brief(incident, callers.url)

    return set_severity


TOOL = Tool("set_severity", "Change an incident's severity", make, is_write=True, is_destructive=True)
