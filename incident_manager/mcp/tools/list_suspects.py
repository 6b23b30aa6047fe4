"""The changes that may have caused an incident."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mcp.server.mcpserver import Context

from incident_manager.client.gateway import segment
from incident_manager.mcp.answers import LONGEST_TITLE, OUTSIDE, listed, plain
from incident_manager.mcp.contract import Callers, Tool


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def list_suspects(ctx: Context, incident_id: str) -> dict[str, Any]:
        """Lists the deploys and other changes before an incident that may have caused it, the likeliest first."""
        incident = callers.gateway_of(ctx).get(f"/incidents/{segment(incident_id)}")
        found = incident.get("suspected_changes", [])
        return listed((_tell(one) for one in found[:20]), more=len(found) > 20)

    return list_suspects


def _tell(one: Mapping[str, Any]) -> dict[str, Any]:
    change = one.get("change") or {}
    return {
        "change_id": change.get("id"),
        "service": change.get("service"),
        "at": change.get("at"),
        "minutes_before": one.get("minutes_before"),
        "score": one.get("score"),
        "verdict": one.get("verdict"),
        OUTSIDE: {
            "summary": plain(change.get("summary"), LONGEST_TITLE),
            "version": plain(change.get("version"), 100),
            "reason": plain(one.get("reason"), LONGEST_TITLE),
        },
    }


TOOL = Tool("list_suspects", "Suspected changes of an incident", make)
