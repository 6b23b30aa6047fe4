"""An action item: what is to be done after an incident, by whom and until when.

Any state leads to any other: work is taken up again, and what was dropped can still be done. `origin` says whose hand
the newest change was, so that a ticket system's own change is never sent back to it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from services.incident.action_items.reminders import due_at
from services.incident.catalogue.service_definition import Id
from shared.events import Fact
from shared.events.actions import ActionFact, ActionState
from shared.events.communication import TicketState
from shared.problem import invalid
from shared.stored import Stored
from shared.vocabulary import Priority

HERE = "tocsin"
"""The origin of what is changed here."""

MAX_TITLE = 500
MAX_DESCRIPTION = 10_000
_DAYS = (date(2000, 1, 1), date(2200, 1, 1))


def _sensible(day: date) -> date:
    if not _DAYS[0] <= day < _DAYS[1]:
        raise ValueError("must be a day from 2000 to 2199")
    return day


Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE)]
Description = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION)]
Day = Annotated[date, AfterValidator(_sensible)]


class ActionIn(BaseModel):
    """The body that makes an action item."""

    model_config = ConfigDict(extra="ignore")

    title: Title
    description: Description = ""
    assignee_id: Id | None = None
    due_on: Day | None = None
    priority: Priority = Priority.MEDIUM
    state: ActionState = ActionState.OPEN


class ActionPatch(BaseModel):
    """The body that edits an action item: what is left out stays, null clears owner and day."""

    model_config = ConfigDict(extra="ignore")

    title: Title | None = None
    description: Description | None = None
    assignee_id: Id | None = None
    due_on: Day | None = None
    priority: Priority | None = None
    state: ActionState | None = None


class Ticket(Fact):
    """The action item in a ticket system."""

    provider: str
    key: str
    url: str
    state: TicketState


class ActionItem(Stored):
    """An action item as it is stored. A deleted one stays as a mark."""

    id: str
    version: int = 0
    postmortem_id: str
    incident_id: str
    title: str
    description: str = ""
    state: ActionState = ActionState.OPEN
    assignee_id: str | None = None
    due_on: date | None = None
    priority: Priority = Priority.MEDIUM
    team: str | None = None
    service_id: str | None = None
    drill: bool = False
    imported: bool = False
    deleted: bool = False
    origin: str = HERE
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    closed_at: datetime | None = None
    ticket: Ticket | None = None
    ticket_sequence: int = 0
    """The newest fact about the ticket that was folded in."""
    provider_sequence: int = 0
    """The newest of those that the ticket system's side made."""
    reminders_after: datetime
    """Reminders up to here were told, or would have been before the day was set."""

    @property
    def due_at(self) -> datetime | None:
        """When its owner is next to be reminded; None: never."""
        reminded = self.state.is_open and not (self.deleted or self.drill or self.imported)
        return due_at(self.due_on, self.reminders_after) if reminded else None

    def is_overdue(self, today: date) -> bool:
        """Its day is over and somebody still has work with it."""
        return self.state.is_open and self.due_on is not None and self.due_on < today

    def fact(self) -> ActionFact:
        """The action item as events tell it."""
        return ActionFact(**{name: getattr(self, name) for name in ActionFact.model_fields})


class Parent(Protocol):
    """What an action item is made of and belongs to: a post-mortem."""

    @property
    def id(self) -> str: ...
    @property
    def incident_id(self) -> str: ...
    @property
    def team(self) -> str | None: ...
    @property
    def service_id(self) -> str | None: ...
    @property
    def drill(self) -> bool: ...
    @property
    def imported(self) -> bool: ...


def make_action(body: ActionIn, id: str, postmortem: Parent, by: str, now: datetime) -> ActionItem:
    """The action item that a body makes in a post-mortem; it belongs to whose the post-mortem is."""
    return ActionItem(
        id=id,
        postmortem_id=postmortem.id,
        incident_id=postmortem.incident_id,
        team=postmortem.team,
        service_id=postmortem.service_id,
        drill=postmortem.drill,
        imported=postmortem.imported,
        created_at=now,
        created_by=by,
        updated_at=now,
        updated_by=by,
        closed_at=None if body.state.is_open else now,
        reminders_after=now,
        **{name: getattr(body, name) for name in ActionIn.model_fields},
    )


def edit_action(before: ActionItem, patch: ActionPatch, by: str, now: datetime) -> ActionItem:
    """The action item after an edit. Raises a 422 `Problem` for clearing what it can't be without."""
    stated = {name: getattr(patch, name) for name in patch.model_fields_set}
    for name in ("title", "priority", "state"):
        if name in stated and stated[name] is None:
            raise invalid(f"/{name}", "an action item needs one")
    if stated.get("description", "") is None:
        stated["description"] = ""
    return change_action(before, stated, by, now)


def delete_action(before: ActionItem, by: str, now: datetime) -> ActionItem:
    """The mark that a deleted action item leaves."""
    return change_action(before, {"deleted": True}, by, now)


def change_action(
    before: ActionItem, fields: dict[str, Any], by: str, now: datetime, *, origin: str = HERE
) -> ActionItem:
    """The action item with `fields`; the same as before when nothing differs."""
    after = before.changed(**fields)
    if after == before:
        return before
    more: dict[str, Any] = {"updated_at": now, "updated_by": by, "origin": origin}
    if after.state.is_open is not before.state.is_open:
        more["closed_at"] = None if after.state.is_open else now
    if after.due_on != before.due_on or (after.state.is_open and not before.state.is_open):
        # a new day, or a new beginning, is reminded of from now on and not of what would have been before
        more["reminders_after"] = max(now, before.reminders_after)
    return after.changed(**more)
