"""Action items as they are stored: found by facet, by how long they are overdue, and by when somebody is reminded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pymongo import IndexModel

from services.incident.action_items.action import ActionItem
from services.incident.action_items.reminders import Reminder
from services.incident.incidents.store.faceted import FACETS_INDEX, facets, narrowest, newest_first
from shared.due_work import DueWork
from shared.events import Event, make
from shared.events.actions import ActionReminder
from shared.ids import derive_id
from shared.mongo import Document, find_by_ids
from shared.outbox.aggregates import Change
from shared.runtime import Runtime
from shared.telemetry import trace
from shared.timers import DUE_INDEX

COLLECTION = "actions"
MOST_OF_ONE = 200
"""Action items of one post-mortem that are shown with it."""
_NARROW = ("postmortem_id", "incident_id", "assignee_id", "service_id", "team", "state", "priority")


@dataclass(frozen=True, slots=True)
class Written:
    """An action item before (None: it is new) and after; with `reminder`, only its owner is reminded."""

    before: ActionItem | None
    after: ActionItem
    cause: Event | None = None
    reminder: Reminder | None = None


class Actions:
    """The questions that are asked of the action items."""

    def __init__(self, runtime: Runtime) -> None:
        self._aggregates = runtime.aggregates(COLLECTION)
        self._clock = runtime.clock
        self._actions = runtime.database.collection(COLLECTION)
        overdue = IndexModel([("open_until", 1), ("listed", 1)], name="overdue", sparse=True)
        runtime.indexes({COLLECTION: [FACETS_INDEX, overdue, DUE_INDEX]})

    def due_work(self, sweep: Callable[[], Awaitable[bool]], *, look_seconds: float) -> DueWork:
        """What runs `sweep` when it is time to remind somebody."""
        return DueWork.of(self._aggregates, "actions", sweep, clock=self._clock, look_seconds=look_seconds)

    async def get(self, id: str) -> ActionItem | None:
        """The action item with this id, a deleted one too."""
        document = await self._actions.find_one({"_id": id})
        return _action(document) if document is not None else None

    async def by_ids(self, ids: Iterable[str]) -> dict[str, ActionItem]:
        """The action items with these ids, by id."""
        found = await find_by_ids(self._actions, sorted(set(ids)))
        return {key: _action(document) for key, document in found.items()}

    async def of_postmortem(self, postmortem_id: str) -> list[ActionItem]:
        """Those of one post-mortem, oldest first."""
        found = await newest_first(self._actions, f"postmortem_id:{postmortem_id}", {}, None, MOST_OF_ONE)
        return [_action(document) for document in reversed(found)]

    async def of_postmortems(self, postmortem_ids: Iterable[str]) -> dict[str, list[ActionItem]]:
        """Those of each of these few post-mortems that has any, oldest first."""
        found: dict[str, list[ActionItem]] = {}
        query = {"facets": {"$in": [f"postmortem_id:{id}" for id in postmortem_ids]}}  # noqa: A001 - as everywhere
        async for document in self._actions.find(query, projection={"outbox": False}):
            action = _action(document)
            found.setdefault(action.postmortem_id, []).append(action)
        return {key: sorted(those, key=lambda one: one.id) for key, those in found.items()}

    async def page(
        self, asked: Mapping[str, str | None], teams: Sequence[str], beyond: str | None, limit: int, *, drill: bool
    ) -> list[ActionItem]:
        """Up to `limit` action items, newest first, older than the id `beyond`; `teams`: whose, none: all."""
        within = _within(asked, teams, drill=drill)
        found = await newest_first(self._actions, narrowest(asked, _NARROW), within, beyond, limit)
        return [_action(document) for document in found]

    async def overdue(
        self,
        asked: Mapping[str, str | None],
        teams: Sequence[str],
        today: date,
        beyond: tuple[str, str] | None,
        limit: int,
        *,
        drill: bool,
    ) -> list[ActionItem]:
        """Up to `limit` that should have been done before `today`, the longest overdue first."""
        within = _within(asked, teams, drill=drill)
        questions: list[Document] = [{"open_until": {"$lt": today.isoformat()}}]
        if beyond is not None:
            day, id = beyond  # noqa: A001 - as everywhere
            questions = [
                {"open_until": min(day, today.isoformat()), "listed": {"$gt": id}},
                {"open_until": {"$gt": day, "$lt": today.isoformat()}},
            ]
        found: list[ActionItem] = []
        for question in questions:
            if len(found) < limit:
                cursor = self._actions.find({**question, **within}).sort([("open_until", 1), ("listed", 1)])
                found += [_action(document) async for document in cursor.limit(limit - len(found))]
        return found

    async def due(self, now: datetime, limit: int) -> list[ActionItem]:
        """Up to `limit` whose owner is to be reminded, the longest due first."""
        cursor = self._actions.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit)
        return [_action(document) async for document in cursor]

    async def commit(self, written: Iterable[Written]) -> set[str]:
        """Write them and tell of them; the ids that lost their race. What did not change is left alone."""
        return await self._aggregates.commit([_change(one) for one in written if one.before != one.after])

    async def snapshots(self) -> AsyncIterator[Event]:
        """Every action item, deleted ones too, as it stands."""
        async for document in self._actions.find({}, projection={"outbox": False}):
            action = _action(document)
            yield _make_changed_event(action, action.version, None)


def _within(asked: Mapping[str, str | None], teams: Sequence[str], *, drill: bool) -> Document:
    within: Document = {name: value for name, value in asked.items() if value is not None} | {"drill": drill}
    if teams and asked.get("team") is None:
        within["team"] = {"$in": list(teams)}
    return within


def _change(written: Written) -> Change:
    after, base = written.after, written.before.version if written.before is not None else 0
    if written.reminder is not None:
        event = _make_reminded_event(after, base + 1, written.reminder)
    elif written.before is not None and written.before.fact() == after.fact():
        # only what we keep of its ticket: others hear of that from comms
        return Change(after.id, base, _fields(after))
    else:
        event = _make_changed_event(after, base + 1, written.cause)
    return Change(after.id, base, _fields(after), [event])


def _make_changed_event(action: ActionItem, sequence: int, cause: Event | None) -> Event:
    context = trace.current() if cause is None else None
    return make(
        "action.changed.v1",
        subject=action.id,
        sequence=sequence,
        time=action.updated_at,
        data=action.fact(),
        cause=cause,
        correlation=context.correlation if context else None,
        traceparent=context.traceparent if context else None,
        id=derive_id("action", action.id, sequence, prefix="act_"),
    )


def _make_reminded_event(action: ActionItem, sequence: int, reminder: Reminder) -> Event:
    fact = ActionReminder(action=action.fact(), kind=reminder.kind, at=reminder.at)
    return make(
        "action.reminded.v1",
        subject=action.id,
        sequence=sequence,
        time=reminder.at,
        data=fact,
        id=derive_id("reminder", action.id, reminder.kind.value, reminder.at.isoformat(), prefix="rem_"),
    )


def _fields(action: ActionItem) -> Document:
    fields: Document = action.model_dump(exclude={"id", "version", "due_on"})
    # a day without a time is text: the database knows instants only
    fields["due_on"] = action.due_on.isoformat() if action.due_on is not None else None
    fields["due_at"] = action.due_at
    listed = not action.deleted
    fields["listed"] = action.id if listed else None
    fields["facets"] = facets(fields, _NARROW) if listed else None
    fields["open_until"] = fields["due_on"] if listed and action.state.is_open else None
    return fields


def _action(document: Document) -> ActionItem:
    return ActionItem.model_validate({**document, "id": document["_id"]})
