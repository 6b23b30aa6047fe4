"""Does what updates to stakeholders are due for: posts letters that a dead process left, reminds of the next update."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from services.comms.mail.store.letters import Letters
from services.comms.mail.template import LetterForms
from services.comms.people.reader import unknown_reader
from services.comms.people.store.people import People
from services.comms.stakeholders.store.updates import StakeholderUpdates
from services.comms.stakeholders.update import (
    FollowUp,
    StakeholderUpdate,
    after_posting,
    after_reminder,
    decide_follow_up,
    finish,
    letters_of,
    reminder,
    speaker,
)
from shared.clocks.clock import Now
from shared.events.incidents import IncidentFact

BATCH = 50
LOOK_SECONDS = 15.0
Facts = Callable[[Sequence[str]], Awaitable[dict[str, IncidentFact]]]


class UpdateFollowUp:
    """Posts the letters of updates and sends reminders; `facts` gives the newest facts about incidents."""

    def __init__(
        self,
        updates: StakeholderUpdates,
        letters: Letters,
        people: People,
        facts: Facts,
        *,
        clock: Now,
        base_url: str,
        remind_after: timedelta,
    ) -> None:
        self._updates = updates
        self._due = updates.due_work(self.sweep, look_seconds=LOOK_SECONDS)
        self._letters = letters
        self._people = people
        self._facts = facts
        self._forms = LetterForms()
        self._clock = clock
        self._base_url = base_url
        self._remind_after = remind_after

    async def run(self) -> None:
        """Work, for ever."""
        await self._due.run()

    async def sweep(self) -> bool:
        """Do what is due; True when there may be more."""
        due = await self._updates.due(self._clock.now(), BATCH)
        facts = await self._facts([update.incident_id for update in due])
        for update in due:
            await self._follow(update, facts.get(update.incident_id))
        return len(due) == BATCH

    async def post(self, update: StakeholderUpdate) -> None:
        """Post the letters of an update; again is harmless."""
        await self._letters.post(letters_of(update))
        await self._updates.commit(update, after_posting(update, self._remind_after))

    async def _follow(self, update: StakeholderUpdate, incident: IncidentFact | None) -> None:
        newest = await self._updates.of_incident(update.incident_id, 1)
        match decide_follow_up(update, incident, newest[0].id if newest else None):
            case FollowUp.POST:
                await self.post(update)
            case FollowUp.REMIND if incident is not None:
                await self._remind(update, incident)
            case _:
                await self._updates.commit(update, finish(update))

    async def _remind(self, update: StakeholderUpdate, incident: IncidentFact) -> None:
        now = self._clock.now()
        user_id = speaker(incident)
        if user_id is not None:
            readers = await self._people.readers([user_id])
            reader = readers.get(user_id, unknown_reader(user_id))
            letter = reminder(update, incident, reader, now, forms=self._forms, base_url=self._base_url)
            await self._letters.post([letter])
        await self._updates.commit(update, after_reminder(update, self._remind_after, now))
