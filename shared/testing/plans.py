"""Whether the database answers a question by an index, as its own plan says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.mongo import Collection

_BY_INDEX = {"IXSCAN", "IDHACK", "EXPRESS_IXSCAN", "EXPRESS_IDHACK"}


async def is_indexed(
    collection: Collection,
    query: Mapping[str, Any],
    *,
    sort: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
    hint: str | None = None,
) -> bool:
    """True when `query` (a `find`'s filter) is answered by an index of `collection` and not by reading all of it.

    SecantusDB's Python server answers a filter of several members by an index for one of them and looks through what
    that found, but explains only indexes that answer a whole filter: where it tells of none, each member is asked about
    alone. The index of `_id`, which every collection has, it never explains for a range.
    """
    if "_id" in query:
        return True
    asked: dict[str, Any] = {"find": collection.name, "filter": dict(query)}
    if sort:
        asked["sort"] = dict(sort)
    if hint:
        asked["hint"] = hint
    if await _plan(collection, asked) & _BY_INDEX:
        return True
    members = [{field: wanted} for field, wanted in query.items()] if len(query) > 1 else []
    return any([await is_indexed(collection, member) for member in members])


async def _plan(collection: Collection, command: dict[str, Any]) -> set[str]:
    answer = await collection.database.command("explain", command)
    return _stages(answer["queryPlanner"]["winningPlan"])


def _stages(plan: Mapping[str, Any]) -> set[str]:
    """The stages of a plan, however deep."""
    found = {plan.get("stage", "")}
    for part in (plan.get("inputStage"), plan.get("queryPlan"), *plan.get("inputStages", ())):
        if part:
            found |= _stages(part)
    return found
