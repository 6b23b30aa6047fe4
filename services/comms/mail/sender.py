"""Sends letters: takes up what is due, holds it by a stored due time, sends it, records what became of it.

Pages go first: while any page waits for the mail server, no letter is taken up. Letters have connections and a circuit
of their own, so a letter that fails never holds a page back.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

from prometheus_client import Counter

from services.comms.delivery.circuit_breaker import Breaker
from services.comms.delivery.delivery_state import DeliveryState, Move, Reason
from services.comms.delivery.outcome import Outcome, failed_here, refused, unwritable
from services.comms.mail.mail_client import MailDelivery
from services.comms.mail.message import (
    Lane,
    PostedLetter,
    after_send,
    apply_move,
    cancel_letter,
    take_up,
    without_address,
)
from services.comms.mail.mime import LetterComposer
from services.comms.mail.picture import draw
from services.comms.mail.store.letters import Letters
from services.comms.people.reader import Reader
from services.comms.people.store.people import People
from shared.clocks.clock import Now
from shared.mail import mail_address
from shared.outbox.races import decide_and_commit
from shared.process.logs import get_logger
from shared.process.off_loop import OffLoop
from shared.telemetry.metrics import DUE_LAG

log = get_logger(__name__)

AT_ONCE = 4
LOOK_SECONDS = 15.0
LET_PAGES_GO_SECONDS = 0.1
NO_SERVER = "no mail server is configured (TOCSIN_SMTP_URL)"
LETTERS = Counter("tocsin_letters_total", "What became of attempts to send letters", ["kind", "state", "reason"])
ERASED_WORDS = "the person was erased before the letter was sent"


class MailSender:
    """The letters of this process. `mail` is None where no mail server is configured: then each fails and says so."""

    def __init__(
        self,
        letters: Letters,
        people: People,
        *,
        erased: Callable[[Sequence[str]], Awaitable[set[str]]],
        mail: MailDelivery | None,
        composer: LetterComposer,
        pages_wait: Callable[[str], bool],
        clock: Now,
    ) -> None:
        self._letters = letters
        self._people = people
        self._erased = erased
        self._mail = mail
        self._composer = composer
        self._pages_wait = pages_wait
        self._clock = clock
        self._breaker = Breaker()
        self._off_loop = OffLoop()
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._due = letters.due_work(self._send_more, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Send, for ever."""
        await self._due.run()

    async def _send_more(self) -> bool:
        return not self._stopping and await self._round()

    async def drain(self) -> None:
        """Start nothing more and finish what is under way."""
        self._stopping = True
        await self._idle.wait()
        if self._mail is not None:
            await self._mail.close()

    async def forget(self, user_ids: Sequence[str]) -> None:
        """These people were erased: cancel what they would still get, and remove what was written to them."""
        waiting = [one.id async for one in self._letters.unfinished_of(user_ids)]
        move = cancel_letter(Reason.ERASED, ERASED_WORDS)

        def decide(current: Mapping[str, PostedLetter]) -> list[tuple[PostedLetter, PostedLetter]]:
            now = self._clock.now()
            return [(one, apply_move(one, move, now)) for one in current.values() if not one.state.is_final]

        async def commit(changes: Sequence[tuple[PostedLetter, PostedLetter]]) -> set[str]:
            lost = await self._letters.settle(changes)
            for one, _ in changes:
                if one.id not in lost:
                    _count(one, move)
            return lost

        await decide_and_commit(lambda: self._letters.by_ids(waiting), decide, commit)
        await self._letters.forget(user_ids)

    async def _round(self) -> bool:
        """Take up a few letters and send them; False when there is nothing to do now."""
        destination = self._mail.destination if self._mail else ""
        if self._pages_wait(destination):
            await asyncio.sleep(LET_PAGES_GO_SECONDS)
            return True
        if not self._breaker.may_send(destination, time.monotonic()):
            return False
        self._idle.clear()
        try:
            taken = await self._take_up(1 if self._breaker.is_open(destination) else AT_ONCE)
            if not taken:
                self._breaker.probe_unused(destination)
                return False
            people = [one.letter.user_id for one in taken if one.letter.user_id is not None]
            readers = await self._people.readers(people)
            gone = await self._erased([key for key in people if key not in readers])
            await asyncio.gather(*(self._handle(one, readers, gone, destination) for one in taken))
        finally:
            self._idle.set()
        return True

    async def _take_up(self, limit: int) -> list[PostedLetter]:
        now = self._clock.now()
        due = await self._letters.due(Lane.FIRST, now, limit)
        if len(due) < limit:
            due += await self._letters.due(Lane.BULK, now, limit - len(due))
        taken = [(one, apply_move(one, move, now)) for one in due if (move := take_up(one, now)) is not None]
        lost = await self._letters.settle(taken)
        for before, _ in taken:
            DUE_LAG.labels("letters").observe((now - (before.due_at or now)).total_seconds())
        return [after for before, after in taken if before.id not in lost]

    async def _handle(
        self, one: PostedLetter, readers: dict[str, Reader], gone: Collection[str | None], destination: str
    ) -> None:
        letter = one.letter
        reader = readers.get(letter.user_id) if letter.user_id is not None else None
        address = reader.email if reader is not None else letter.address
        if not address:
            now = self._clock.now()
            await self._record(one, without_address(one, erased=letter.user_id in gone, now=now))
            return
        outcome = (await self._attempt(one, address, reader.name if reader is not None else "")).without(address)
        self._breaker.take(destination, outcome, time.monotonic())
        await self._record(one, after_send(one, outcome, self._clock.now(), random.random()))  # noqa: S311 - not a secret

    async def _attempt(self, one: PostedLetter, address: str, name: str) -> Outcome:
        if self._mail is None:
            return refused(NO_SERVER)
        to = mail_address(address)
        if to is None:
            return replace(refused("not an e-mail address"), reached=False)
        try:
            png = await self._off_loop.run(draw, one.letter.picture) if one.letter.picture else b""
            content = self._composer.compose(one.letter, to, name, png)
        except Exception as error:
            log.exception("a letter could not be written", letter=one.id)
            return unwritable(error)
        try:
            return await self._mail.deliver(to, content, _let_go)
        except Exception as error:
            log.exception("a letter could not be sent", letter=one.id)
            return failed_here(error)

    async def _record(self, one: PostedLetter, move: Move) -> None:
        """Write what became of it. A hand-over is the truth, also when the letter was cancelled meanwhile."""

        async def read() -> PostedLetter:
            return (await self._letters.by_ids([one.id]))[one.id]

        def decide(current: PostedLetter) -> list[tuple[PostedLetter, PostedLetter]]:
            is_told = current.state is DeliveryState.DELIVERED or move.state is not DeliveryState.DELIVERED
            if is_told and current.version != one.version:
                return []
            return [(current, apply_move(current, move, self._clock.now()))]

        if await decide_and_commit(read, decide, self._letters.settle, known=one):
            _count(one, move)


def _count(one: PostedLetter, move: Move) -> None:
    LETTERS.labels(one.letter.kind.value, move.state.value, move.reason.value).inc()


async def _let_go() -> None:
    """Letters are never withdrawn once sending starts."""
