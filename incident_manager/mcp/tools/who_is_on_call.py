"""Who is on call now."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from mcp.server.mcpserver import Context

from incident_manager.mcp.answers import MOST_ITEMS, OUTSIDE, listed, plain
from incident_manager.mcp.contract import Callers, Tool


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def who_is_on_call(ctx: Context, team: str | None = None) -> dict[str, Any]:
        """Tells who is on call now, schedule by schedule, of one team or of all."""
        found = callers.gateway_of(ctx).pages("/on-call")
        mine = (one for one in found if team is None or one.get("team") == team)
        told = [
            {
                "schedule_id": one["schedule_id"],
                "team": one.get("team"),
                "users": one["users"],
                OUTSIDE: {"name": plain(one.get("name"), 200)},
            }
            for one in islice(mine, MOST_ITEMS + 1)
        ]
        return listed(told[:MOST_ITEMS], more=len(told) > MOST_ITEMS, hint="there are more; say a team")

    return who_is_on_call


TOOL = Tool("who_is_on_call", "Who is on call", make)
