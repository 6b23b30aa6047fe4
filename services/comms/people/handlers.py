"""Events in: people and teams as they are now, and people who were erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from services.comms.people.store.erased import ErasedPeople
from services.comms.people.store.people import People
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.events import Event
from shared.events.oncall import TeamFact, UserErased, UserFact

Forgets = Callable[[Sequence[str]], Awaitable[None]]
"""Forgets what is kept of these people; doing it again changes nothing."""


class PeopleHandler:
    """Takes in who people are, and has everybody forget those who were erased."""

    def __init__(self, people: People, erased: ErasedPeople) -> None:
        self.people = people
        self.erased = erased
        self._forget: list[Forgets] = []

    def on_erased(self, forget: Forgets) -> None:
        """Have this done, too, when people are erased, in the order in which it was asked for."""
        self._forget.append(forget)

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Take in a batch; an erased person is stored as one before anything of theirs is forgotten."""
        erased = [event for event, _ in facts_of(batch, UserErased)]
        await self.people.fold([event for event, _ in facts_of(batch, UserFact)] + erased)
        await self.people.fold_teams([event for event, _ in facts_of(batch, TeamFact)])
        if not erased:
            return
        await self.erased.fold(erased)
        for forget in self._forget:
            await forget([event.subject for event in erased])
