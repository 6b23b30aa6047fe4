"""What happened in an incident."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from pydantic import Field

from incident_manager.client.gateway import segment
from incident_manager.mcp.answers import LONGEST_TITLE, MOST_ITEMS, OUTSIDE, listed, plain
from incident_manager.mcp.contract import Callers, Tool

MOST_READ = 2_000


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def get_timeline(
        ctx: Context, incident_id: str, last: Annotated[int, Field(ge=1, le=MOST_ITEMS)] = 20
    ) -> dict[str, Any]:
        """Tells the last entries of an incident's timeline, the oldest of them first."""
        path = f"/incidents/{segment(incident_id)}/timeline"
        entries = list(islice(callers.gateway_of(ctx).pages(path), MOST_READ))
        told = [
            {
                "at": one["at"],
                "kind": one["kind"],
                "author": plain(one.get("author"), 100),
                OUTSIDE: {"text": plain(one.get("text"), LONGEST_TITLE)},
            }
            for one in entries[-last:]
        ]
        return listed(told, more=len(entries) > last, hint="there are earlier ones; ask for more of the last")

    return get_timeline


TOOL = Tool("get_timeline", "Show an incident's timeline", make)
