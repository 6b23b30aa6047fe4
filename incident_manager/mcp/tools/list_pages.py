"""What became of an incident's pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import Context

from incident_manager.client.gateway import segment
from incident_manager.mcp.answers import LONGEST_TITLE, MOST_ITEMS, OUTSIDE, listed, plain
from incident_manager.mcp.contract import Callers, Tool

KNOWN = ("user_id", "channel", "state", "step", "round", "reason", "requested_at", "at", "attempts")


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def list_pages(ctx: Context, incident_id: str) -> dict[str, Any]:
        """Lists each attempt to page somebody for an incident: who, by what, when, and what came of it."""
        page = callers.gateway_of(ctx).get(f"/incidents/{segment(incident_id)}/pages", limit=MOST_ITEMS)
        told = [
            {name: one.get(name) for name in KNOWN} | {OUTSIDE: {"detail": plain(one.get("detail"), LONGEST_TITLE)}}
            for one in page["items"]
        ]
        return listed(told, more=page.get("next_cursor") is not None)

    return list_pages


TOOL = Tool("list_pages", "Show what became of pages", make)
