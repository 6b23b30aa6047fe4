"""What an incident's service needs, and what needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import Context

from incident_manager.client.gateway import segment
from incident_manager.mcp.answers import MOST_ITEMS
from incident_manager.mcp.contract import Callers, Tool


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def blast_radius(ctx: Context, incident_id: str) -> dict[str, Any]:
        """Tells which services suffer from an incident (downstream) and which it may come from (upstream)."""
        incident = callers.gateway_of(ctx).get(f"/incidents/{segment(incident_id)}")
        radius = incident.get("blast_radius") or {}
        told: dict[str, Any] = {"service_id": incident.get("service_id")}
        for name in ("upstream", "downstream"):
            found = radius.get(name, [])
            told[f"{name}_count"] = radius.get(f"{name}_count", len(found))
            told[name] = [
                {"service_id": one["service_id"], "distance": one["distance"], "kind": one["kind"]}
                for one in found[:MOST_ITEMS]
            ]
        return told

    return blast_radius


TOOL = Tool("blast_radius", "Blast radius of an incident", make)
