"""Has this happened before, and what ended it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from pydantic import Field

from incident_manager.mcp.contract import Callers, Tool
from incident_manager.mcp.found import tell_found


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def search_knowledge(
        ctx: Context,
        query: Annotated[str, Field(min_length=1, max_length=500, description="in English, Japanese or Persian")],
        service_id: str | None = None,
        limit: Annotated[int, Field(ge=1, le=20)] = 10,
    ) -> dict[str, Any]:
        """Searches past incidents, post-mortems, actions, patterns and runbooks, and tells what ended each."""
        gateway = callers.gateway_of(ctx)
        return tell_found(
            gateway.must_know("/knowledge-base/search", q=query, service_id=service_id, limit=limit), callers.url
        )

    return search_knowledge


TOOL = Tool("search_knowledge", "Search what happened before", make)
