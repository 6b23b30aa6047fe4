"""Whether the database answers a question by an index, as its own plan says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo import monitoring

from shared.mongo import Collection, Database

_BY_INDEX = {"IXSCAN", "IDHACK", "EXPRESS_IXSCAN", "EXPRESS_IDHACK"}


@dataclass(frozen=True, slots=True)
class Question:
    """What a collection was asked: a filter, an order, and by which index where one was named."""

    collection: str
    query: Mapping[str, Any]
    sort: Mapping[str, Any] = field(default_factory=dict)
    hint: str | None = None


class Heard(monitoring.CommandListener):
    """Notes what one database is asked while it has its name; register it before that database's client is made."""

    def __init__(self) -> None:
        self.database = ""
        self.asked: list[Question] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Note what a command of the database asks."""
        if event.database_name != self.database:
            return
        command, name = event.command, event.command_name
        if name == "find":
            sort, hint = command.get("sort", {}), command.get("hint")
            self.asked.append(Question(command["find"], command["filter"], sort, hint))
        if name == "distinct":
            self.asked.append(Question(command["distinct"], command["query"]))
        if name == "aggregate" and "$match" in command["pipeline"][0]:
            self.asked.append(Question(command["aggregate"], command["pipeline"][0]["$match"]))
        self.asked += [Question(command["update"], one["q"]) for one in command.get("updates", ()) if name == "update"]
        self.asked += [Question(command["delete"], one["q"]) for one in command.get("deletes", ()) if name == "delete"]

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Ignored: a command is noted when it starts."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Ignored: a command is noted when it starts."""

    async def scans(self, database: Database) -> list[Question]:
        """Those of the questions so far that read all of their collection; nothing is noted any more."""
        self.database = ""
        return [
            one
            for one in self.asked
            if not await is_indexed(database.collection(one.collection), one.query, sort=one.sort, hint=one.hint)
        ]


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
