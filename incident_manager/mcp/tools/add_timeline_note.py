"""A line on an incident's timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from pydantic import Field

from incident_manager.client.gateway import segment
from incident_manager.mcp.contract import Callers, Tool


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def add_timeline_note(
        ctx: Context, incident_id: str, text: Annotated[str, Field(min_length=1, max_length=5000)]
    ) -> dict[str, Any]:
        """Writes a note on an incident's timeline, where all who work on it read it; it can't be taken back."""
        path = f"/incidents/{segment(incident_id)}/timeline"
        entry = callers.gateway_of(ctx).post(path, {"text": text, "kind": "note"})
        return {"id": entry["id"], "at": entry["at"], "url": f"{callers.url}/incidents/{incident_id}"}

    return add_timeline_note


TOOL = Tool("add_timeline_note", "Write a note on the timeline", make, is_write=True, is_idempotent=False)
