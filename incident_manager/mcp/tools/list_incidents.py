"""Incidents, the newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from pydantic import Field

from incident_manager.mcp.answers import MOST_ITEMS, brief, listed
from incident_manager.mcp.contract import Callers, Tool


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def list_incidents(  # noqa: PLR0917 - agents give them by name
        ctx: Context,
        status: Annotated[str, Field(description="open (default), all, or statuses with commas")] = "open",
        severity: Literal["critical", "high", "medium", "low"] | None = None,
        category: Literal["error", "failure", "request", "change", "security", "performance"] | None = None,
        service_id: Annotated[str | None, Field(description="a service of the catalogue")] = None,
        words: Annotated[str | None, Field(description="words of the title")] = None,
        limit: Annotated[int, Field(ge=1, le=MOST_ITEMS)] = 20,
    ) -> dict[str, Any]:
        """Lists incidents, the newest first; by default those that are open."""
        page = callers.gateway_of(ctx).get(
            "/incidents", status="" if status == "all" else status, severity=severity, category=category,
            service_id=service_id, q=words, limit=limit,
        )  # fmt: skip
        items = (brief(one, callers.url) for one in page["items"])
        return listed(items, more=page.get("next_cursor") is not None)

    return list_incidents


TOOL = Tool("list_incidents", "List incidents", make)
