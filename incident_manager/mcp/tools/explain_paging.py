"""Why people were or were not paged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import Context

from incident_manager.client.gateway import segment
from incident_manager.mcp.answers import LONGEST_TITLE, MOST_ITEMS, plain
from incident_manager.mcp.contract import Callers, Tool


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def explain_paging(ctx: Context, incident_id: str) -> dict[str, Any]:
        """Explains why each person was or was not paged for an incident, rule by rule, and who comes next."""
        found = callers.gateway_of(ctx).get(f"/incidents/{segment(incident_id)}/explain")
        return {
            "summary": plain(found.get("summary")),
            "state": found.get("state"),
            "next_step_at": found.get("next_step_at"),
            "lines": [plain(one.get("sentence"), LONGEST_TITLE) for one in found.get("lines", [])[:MOST_ITEMS]],
            "people": [
                {
                    "user_id": one["user_id"],
                    "paged": one["paged"],
                    "why": [plain(line.get("sentence"), LONGEST_TITLE) for line in one.get("lines", [])[:10]],
                }
                for one in found.get("people", [])[:MOST_ITEMS]
            ],
            "url": f"{callers.url}/incidents/{incident_id}",
        }

    return explain_paging


TOOL = Tool("explain_paging", "Explain who was paged and why", make)
