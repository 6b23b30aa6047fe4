"""Results of a search as an agent is told them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident_manager.mcp.answers import LONGEST_TITLE, OUTSIDE, listed, plain


def tell_found(answer: Mapping[str, Any], url: str) -> dict[str, Any]:
    """The results with their solutions, the best first."""
    items = answer.get("items", [])
    return listed((_tell(one, url) for one in items[:20]), more=bool(answer.get("next_cursor")))


def _tell(one: Mapping[str, Any], url: str) -> dict[str, Any]:
    kind = str(one.get("kind") or "incident")
    told: dict[str, Any] = {"id": one.get("id"), "kind": kind, "score": one.get("score")}
    if kind == "incident":
        told["url"] = f"{url}/incidents/{one.get('id')}"
    texts = {"title": plain(one.get("title"), LONGEST_TITLE), "solution": plain(one.get("solution"))}
    reason = one.get("reason")
    return told | {OUTSIDE: texts | ({"why_found": plain(reason, LONGEST_TITLE)} if reason else {})}
