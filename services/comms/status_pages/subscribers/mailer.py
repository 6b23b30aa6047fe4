"""Mails updates to the subscribers of their page, a batch at a time, and remembers how far it has come.

Each letter's id follows from update and subscriber: a batch that is written again after a crash, or by two processes at
once, is the same letters.
"""

from __future__ import annotations

from services.comms.mail.message import Letter
from services.comms.mail.store.letters import Letters
from services.comms.status_pages.page import StatusPage
from services.comms.status_pages.store import StatusPages
from services.comms.status_pages.subscribers.mail import SubscriberMail
from services.comms.status_pages.subscribers.store import Subscribers
from services.comms.status_pages.subscribers.subscriber import Subscriber
from shared.clocks.clock import Now
from shared.due_work import DueWork
from shared.mongo import Document
from shared.process.off_loop import OffLoop

LOOK_SECONDS = 15.0
MAILINGS_AT_ONCE = 10
BATCH = 100


class Mailing:
    """Writes the letters of each mailing in batches and stores how far it came."""

    def __init__(
        self, subscribers: Subscribers, pages: StatusPages, letters: Letters, mail: SubscriberMail, clock: Now
    ) -> None:
        self._subscribers = subscribers
        self._pages = pages
        self._letters = letters
        self._mail = mail
        self._clock = clock
        self._writing = OffLoop()
        self._due = DueWork(
            "status mailings",
            self.sweep,
            first_due=subscribers.first_mailing,
            clock=clock,
            look_seconds=LOOK_SECONDS,
        )

    def hear(self, mailing: Document) -> None:
        """Send a mailing that this process wrote as soon as it is due."""
        self._due.expect(mailing.get("due_at"))

    async def run(self) -> None:
        """Mail what is due, for ever."""
        await self._due.run()

    async def sweep(self) -> bool:
        """One batch of each mailing that is due; true when there may be more."""
        due = await self._subscribers.due_mailings(self._clock.now(), MAILINGS_AT_ONCE)
        more = [await self._batch(one) for one in due]
        return any(more) or len(due) == MAILINGS_AT_ONCE

    async def _batch(self, one: Document) -> bool:
        """Write the next letters of a mailing; true when more may follow."""
        page = await self._pages.get(one["slug"])
        if page is None or page.deleted:
            await self._subscribers.move_on(one["_id"], None)
            return False
        found = await self._subscribers.confirmed(page.key, one["after"], BATCH)
        letters = await self._letters_of(page, one, found) if found else []
        if letters:
            await self._letters.post(letters)
        more = len(found) == BATCH
        await self._subscribers.move_on(one["_id"], found[-1].id if more else None)
        return more

    async def _letters_of(self, page: StatusPage, one: Document, readers: list[Subscriber]) -> list[Letter]:
        post = await self._pages.post(page, one["post_id"])
        update = next((each for each in post.updates if each.id == one["_id"]), None) if post else None
        if post is None or update is None:
            return []
        asked = [one for one in readers if one.confirmed_at is not None and one.confirmed_at <= update.at]
        return await self._writing.run(self._mail.updates, page, post, update, asked)
