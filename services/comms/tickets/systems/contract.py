"""What every ticket system promises; `tests/contract/test_tickets.py` holds all of them to it.

Each call makes its attempt within a time limit and raises `NotDone` for anything that keeps it from being done: never
anything else. Making a ticket twice must be avoidable, so a ticket carries its action's id and can be found by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.comms.delivery.outcome import Outcome
from services.comms.tickets.project import Place
from services.comms.tickets.ticket import Seen, TicketContent
from shared.events.actions import ActionState

CALL_SECONDS = 10.0


class NotDone(Exception):
    """A call that was not carried out, and why."""

    def __init__(self, outcome: Outcome, *, missing: bool = False) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome
        self.missing = missing
        """There is no such ticket."""


@dataclass(frozen=True, slots=True)
class Access:
    """A place, with what opens it."""

    place: Place
    token: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a ticket is to be, as far as we know them. Personal data: it goes to the ticket system and nowhere else."""

    user_id: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A ticket to be made, or what it is to say from now on. `link` leads to what it belongs to here."""

    action_id: str
    content: TicketContent
    owner: Owner | None
    link: str
    origin: str
    """Marks the change as ours, where the system keeps such a mark."""


class Provider(Protocol):
    """One ticket system."""

    async def find(self, access: Access, action_id: str, now: datetime) -> Seen | None:
        """The ticket that was made for an action; None when there is none."""

    async def create(self, access: Access, draft: Draft, now: datetime) -> Seen:
        """Make a ticket."""

    async def edit(self, access: Access, key: str, draft: Draft, now: datetime) -> None:
        """Have a ticket say what the draft says."""

    async def move(self, access: Access, key: str, state: ActionState, origin: str, now: datetime) -> Seen:
        """Bring a ticket to a status that stands for the state, and tell where it is then."""

    async def look(self, access: Access, keys: Sequence[str], now: datetime) -> dict[str, Seen]:
        """Where these tickets stand, by key; one that is not there any more is missing from the answer."""
