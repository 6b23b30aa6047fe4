"""What could be published on a status page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from pydantic import Field

from incident_manager.client.gateway import segment
from incident_manager.mcp.contract import Callers, Tool

KIND = "status_update_draft"


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def draft_status_update(
        ctx: Context,
        incident_id: str,
        page: Annotated[str, Field(min_length=1, max_length=63, description="the status page's slug")],
        status: Literal["investigating", "identified", "monitoring", "resolved"],
        message: Annotated[str, Field(min_length=1, max_length=4000, description="what customers would read")],
    ) -> dict[str, Any]:
        """Puts a draft of a status page's update on the incident's timeline; NOTHING IS PUBLISHED: a person does."""
        gateway = callers.gateway_of(ctx)
        gateway.get(f"/status-pages/{segment(page)}")
        text = f"Draft for the status page {page} ({status}):\n{message}"
        entry = gateway.post(f"/incidents/{segment(incident_id)}/timeline", {"text": text, "kind": KIND})
        return {
            "id": entry["id"],
            "published": False,
            "to_publish": {
                "call": "POST /status-pages/updates",
                "body": {"page": page, "incident_id": incident_id, "status": status, "message": message},
            },
            "url": f"{callers.url}/incidents/{incident_id}",
        }

    return draft_status_update


TOOL = Tool("draft_status_update", "Draft a status page's update", make, is_write=True, is_idempotent=False)
