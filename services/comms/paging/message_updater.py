"""Brings messages up to date: one that was handed over says who answered its incident, wherever that was.

What a message says follows from the newest fact about its incident, read right before the call, so the order of events
does not matter. Nothing of this is stored: a message that stays behind because a process died still has its buttons,
and pressing one brings it up to date.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.comms.channels.contract import ChannelsByName, MessageStatus, Updates
from services.comms.delivery.outcome import Outcome, OutcomeKind, failed_here
from services.comms.incident_copies.store import IncidentCopies
from services.comms.paging.ack_links import incident_url, links_of
from services.comms.paging.delivery import Delivery
from services.comms.paging.message_status import status_for, survivor_of
from services.comms.paging.store.deliveries import Deliveries
from shared.clocks.clock import Now
from shared.events.incidents import SimilarFact
from shared.outside.outbound import OutboundError
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue
from shared.vocabulary import Channel as ChannelId

AT_ONCE = 4
BATCH = 50
TRIES = 6
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60.0
MOST_WAITING = 5_000
REMEMBERED = 10_000

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """A page's message is to be looked at. `message` is where it is, None: where the delivery says it is."""

    page_id: str
    message: str | None = None
    awaited: bool = False
    """Somebody has just answered: the incident will change in a moment."""
    tries: int = 0


class Updater:
    """The messages that this process brings up to date."""

    def __init__(
        self,
        channels: ChannelsByName,
        deliveries: Deliveries,
        copies: IncidentCopies,
        clock: Now,
        *,
        base_url: str,
        secret_key: str,
    ) -> None:
        self._channels = {key: channel for key, channel in channels.items() if isinstance(channel, Updates)}
        self._deliveries = deliveries
        self._copies = copies
        self._clock = clock
        self._base_url = base_url
        self._secret_key = secret_key
        self._waiting: dict[tuple[str, str | None], UpdateRequest] = {}
        self._whispers: list[tuple[ChannelId, str, str]] = []
        self._said: dict[str, MessageStatus] = {}
        self._wake = asyncio.Event()

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Look at the messages of these soon, as far as they can be changed."""
        for delivery in deliveries:
            if delivery.reference is not None and delivery.page.method.channel in self._channels:
                self._put(UpdateRequest(delivery.id))

    def record_answer(self, page_id: str, message: str | None) -> None:
        """Note that somebody answered in this message: it is changed as soon as the incident says so."""
        self._put(UpdateRequest(page_id, message, awaited=True))

    def whisper(self, channel: ChannelId, address: str, text: str) -> None:
        """Tell somebody who used a message something, once and without promise."""
        if len(self._whispers) < MOST_WAITING:
            self._whispers.append((channel, address, text))
            self._wake.set()

    async def run(self) -> None:
        """Work, for ever."""
        while True:
            with log_and_continue("messages are brought up to date later"):
                await self._wake.wait()
                self._wake.clear()
                while self._whispers:
                    await self._whisper(*self._whispers.pop(0))
                while self._waiting:
                    keys = list(self._waiting)[:BATCH]
                    await self._look_at([self._waiting.pop(key) for key in keys])

    def _put(self, wish: UpdateRequest) -> None:
        key = (wish.page_id, wish.message)
        if len(self._waiting) < MOST_WAITING and (key not in self._waiting or wish.awaited):
            self._waiting[key] = wish
            self._wake.set()

    def _put_later(self, wish: UpdateRequest, seconds: float) -> None:
        if wish.tries + 1 < TRIES:
            later = replace(wish, tries=wish.tries + 1)
            asyncio.get_running_loop().call_later(min(seconds, LONGEST_WAIT_SECONDS), self._put, later)

    async def _look_at(self, wishes: list[UpdateRequest]) -> None:
        deliveries = await self._deliveries.by_ids([wish.page_id for wish in wishes])
        facts = await self._copies.facts_with_survivors({one.page.incident.id for one in deliveries.values()})
        now = self._clock.now()
        changes: list[tuple[UpdateRequest, Delivery, str, MessageStatus]] = []
        for wish in wishes:
            delivery = deliveries.get(wish.page_id)
            message = wish.message or (delivery.reference if delivery else None)
            if delivery is None or message is None:
                continue
            fact = facts.get(delivery.page.incident.id)
            shown = status_for(fact, delivery.page.generation, now, survivor_of(fact, facts)) if fact else None
            if shown is None:
                if wish.awaited:
                    self._put_later(wish, FIRST_WAIT_SECONDS * 2**wish.tries)
            elif self._said.get(message) != shown:
                changes.append((wish, delivery, message, shown))
        for start in range(0, len(changes), AT_ONCE):
            await asyncio.gather(*(self._update(*change) for change in changes[start : start + AT_ONCE]))

    async def _update(self, wish: UpdateRequest, delivery: Delivery, message: str, shown: MessageStatus) -> None:
        similar = (await self._copies.similar_to([delivery.page.incident.id])).get(delivery.page.incident.id)
        outcome = await self._attempt(delivery, message, shown, similar)
        if outcome.kind in (OutcomeKind.DOWN, OutcomeKind.BUSY):
            self._put_later(wish, max(FIRST_WAIT_SECONDS * 2**wish.tries, outcome.retry_after_seconds or 0.0))
            return
        if outcome.kind is OutcomeKind.REFUSED:
            log.info("a message can't be brought up to date", page=delivery.id, detail=outcome.detail)
        self._said[message] = shown
        if len(self._said) > REMEMBERED:
            del self._said[next(iter(self._said))]

    async def _attempt(
        self, delivery: Delivery, message: str, shown: MessageStatus, similar: SimilarFact | None
    ) -> Outcome:
        """What became of a change; an error of our own ends this one message's, and no other's."""
        page = delivery.page
        try:
            links = links_of(page, self._base_url, self._secret_key, similar)
            if shown.into:
                links = replace(links, incident_url=incident_url(self._base_url, shown.into))
            return await self._channels[page.method.channel].update(message, page, links, shown, self._clock.now())
        except Exception as error:
            log.exception("a channel failed", channel=page.method.channel.value, page=delivery.id)
            return failed_here(error)

    async def _whisper(self, channel: ChannelId, address: str, text: str) -> None:
        try:
            await self._channels[channel].whisper(address, text)
        except OutboundError as error:
            log.info("a word to somebody who used a message did not arrive", error=str(error)[:200])
        except Exception:
            log.exception("a word to somebody who used a message could not be written")
