"""Which kinds of incidents there were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from pydantic import Field

from incident_manager.mcp.answers import LONGEST_TITLE, OUTSIDE, plain
from incident_manager.mcp.contract import Callers, Tool


def make(callers: Callers) -> Callable[..., Any]:
    """The tool's function."""

    def get_trends(
        ctx: Context,
        month: Annotated[str | None, Field(pattern=r"^\d{4}-\d{2}$", description="such as 2026-10")] = None,
        service_id: str | None = None,
    ) -> dict[str, Any]:
        """Tells the kinds of incidents of a month with their share of all and how that changed."""
        found = callers.gateway_of(ctx).must_know("/analytics/trends", month=month, service_id=service_id)
        clusters = found.get("clusters", [])
        return {
            "total": found.get("total"),
            "unclustered": found.get("unclustered"),
            "clusters": [
                {name: one.get(name) for name in ("count", "share", "trend")}
                | {
                    "examples": _ids(one),
                    OUTSIDE: {"name": plain(one.get("name"), LONGEST_TITLE), "runbooks": _runbooks(one)},
                }
                for one in clusters[:20]
            ],
        }

    return get_trends


def _runbooks(cluster: dict[str, Any]) -> list[str]:
    """The runbooks that ended its incidents, and how often each did."""
    return [
        f"{plain(one.get('name'), LONGEST_TITLE)} ({one.get('id')}): ended {one.get('ended')} of {one.get('ran_for')}"
        for one in (cluster.get("runbooks") or [])[:3]
    ]


def _ids(cluster: dict[str, Any]) -> list[str]:
    """The ids of its examples."""
    examples = cluster.get("examples") or []
    return [str(one.get("id")) if isinstance(one, dict) else str(one) for one in examples[:3]]


TOOL = Tool("get_trends", "Trends of incidents", make)
