"""Hands pages over: takes them from the send queue, asks once more whether they are wanted, sends, and has it recorded.

The last question before a send is to the store, for all pages of a round at once: whichever replica heard of an
acknowledgement, nothing starts after it. Only of what began a moment ago (`cancellation.is_young`) what this process
heard itself is enough. A round takes only as many pages as can start at once, so the answer is fresh; and none is taken
while this process is not sure of its lease. What is slow to reach is asked about again before it leaves, see
`send_guard`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial

from services.comms.channels.contract import SHOWING_SIMILAR, Channel, PageLinks
from services.comms.delivery.circuit_breaker import Breaker
from services.comms.delivery.delivery_state import DeliveryState, Move, Reason
from services.comms.delivery.outcome import SEND_SECONDS, Outcome, down, failed_here
from services.comms.incident_copies.standing import IncidentStanding
from services.comms.incident_copies.store import IncidentCopies
from services.comms.paging.cancellation import is_young, no_longer_wanted
from services.comms.paging.delivery import Delivery, after_send, before_send, hold_back, take_up
from services.comms.paging.message_updater import Updater
from services.comms.paging.sending.announcer import Announcer
from services.comms.paging.sending.destination import Router
from services.comms.paging.sending.process_lease import ProcessLease
from services.comms.paging.sending.recorder import PendingResult, Recorder
from services.comms.paging.sending.send_guard import SendGuard, Withdrawn
from services.comms.paging.sending.send_queue import SendQueue
from services.comms.paging.store.deliveries import Deliveries
from shared.clocks.clock import Now
from shared.events.incidents import SimilarFact
from shared.events.oncall import PageFact
from shared.outbox.relay import EventSink
from shared.process.logs import get_logger
from shared.process.outliving import is_to_end, log_and_continue
from shared.telemetry.metrics import DUE_LAG

AT_ONCE = 128
UNRECORDED = 400
"""A process that is killed sends these again, so there must not be many."""
RECORDING_SECONDS = 0.01
MOST_HELD = 20_000
DUE_LOOK_SECONDS = 4.0
"""How often deliveries are looked for that became due at another process, or were left by one."""
TAKEN_UP_AT_ONCE = 100
LOOK_SECONDS = 0.25
"""How often lines are looked at although nothing happened: a circuit may be probed again."""

log = get_logger(__name__)


class Sender:
    """Sends the pages that this process holds."""

    def __init__(
        self,
        router: Router,
        deliveries: Deliveries,
        copies: IncidentCopies,
        holding: ProcessLease,
        clock: Now,
        *,
        sink: EventSink,
        updater: Updater,
    ) -> None:
        self._router = router
        self._deliveries = deliveries
        self._copies = copies
        self._holding = holding
        self._updater = updater
        self._clock = clock
        self.recorder = Recorder(deliveries, Announcer(deliveries, sink, clock), self._on_written)
        self._breaker = Breaker()
        self._queue = SendQueue(self._breaker, AT_ONCE)
        self._held: dict[str, Delivery] = {}
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._guards: dict[str, SendGuard] = {}
        self._being_told: set[str] = set()
        self._looked_at = 0.0
        self._wake = asyncio.Event()
        self._taking_up = asyncio.Lock()
        self._due = deliveries.due_work(self._take_up_more, look_seconds=DUE_LOOK_SECONDS)
        holding.on_release(lambda: self._due.expect(clock.now()))
        self._stopping = False
        self._errand: Callable[[], Awaitable[None]] | None = None

    def held_ids(self) -> set[str]:
        """The ids of all deliveries that this process holds."""
        return set(self._held)

    @property
    def has_room(self) -> bool:
        """False when so much is in hand that more had better wait in the store."""
        return len(self._held) < MOST_HELD

    def has_waiting(self, destination: str) -> bool:
        """True while pages wait for this destination: what is no page lets them go first."""
        return self._queue.waiting(destination) > 0

    def accept(self, deliveries: Iterable[Delivery]) -> None:
        """Take deliveries that this process holds into the lines; known ones are left where they are."""
        for delivery in deliveries:
            if delivery.id not in self._held:
                self._held[delivery.id] = delivery
                channel, destination = self._router.resolve(delivery)
                self._queue.put(delivery.id, destination, channel.spec.at_once if channel else AT_ONCE)
        self._wake.set()

    def in_turn(self, errand: Callable[[], Awaitable[None]]) -> None:
        """Have this done once at the next turn in which pages may be sent; it must not wait. The newest one counts."""
        self._errand = errand
        self._wake.set()

    def drop(self, page_ids: Iterable[str]) -> None:
        """Let go of deliveries that this process no longer holds; a send is broken off unless its first byte is out."""
        for page_id in page_ids:
            if page_id in self._guards:
                self._guards[page_id].withdraw()
            if page_id not in self._guards or self._guards[page_id].is_withdrawn:
                self._held.pop(page_id, None)

    async def pick_up(self, page_ids: list[str]) -> None:
        """Read deliveries that this process holds and does not know of, and queue them."""
        found = await self._deliveries.by_ids(page_ids)
        self.accept(
            delivery
            for delivery in found.values()
            if delivery.owner == self._holding.owner and delivery.state is DeliveryState.SENDING
        )

    async def run(self) -> None:
        """Send, for ever."""
        while True:
            with log_and_continue("sending waits"):  # pages wait for whatever it is, they are never dropped
                await self._wait_for_work()
                if not self._stopping:
                    self._look_after_held_back()
                while not self._stopping and self._holding.is_sure and await self._round():
                    pass
                if not self._stopping and self._holding.is_sure and self._errand is not None:
                    errand, self._errand = self._errand, None
                    await errand()

    async def _wait_for_work(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS if len(self._queue) or self._errand else None):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def take_up_due(self) -> None:
        """Take up deliveries whose time has come, for ever; whoever writes first holds them."""
        await self._due.run()

    async def _take_up_more(self) -> bool:
        return self._holding.is_sure and self.has_room and await self._take_up()

    async def _take_up(self) -> bool:
        async with self._taking_up:
            if self._stopping:  # what this process releases is for others
                return False
            now = self._clock.now()
            due = await self._deliveries.due(now, TAKEN_UP_AT_ONCE)
            for delivery in due:
                DUE_LAG.labels("deliveries").observe((now - (delivery.due_at or now)).total_seconds())
            findings = [PendingResult(delivery, take_up, now, self._holding.owner) for delivery in due]
            self.accept(await self.recorder.write(findings))
            return len(due) == TAKEN_UP_AT_ONCE

    async def drain(self) -> None:
        """Start nothing more, finish what is under way, have it written, and release the rest."""
        self._stopping = True
        async with self._taking_up:
            pass
        if self._sending:
            await asyncio.wait(self._sending.values(), timeout=SEND_SECONDS / 2)
        await self.recorder.drain()
        await self._holding.end()
        await self.recorder.announcer.drain()

    async def _round(self) -> bool:
        """Take what can start now and start it; False when there was nothing."""
        if self.recorder.backlog > UNRECORDED:
            await asyncio.sleep(RECORDING_SECONDS)
            return True
        taken = self._queue.take(time.monotonic())
        if not taken:
            return False
        ready = []
        for page_id, destination in taken:
            if page_id in self._held and page_id not in self._sending:
                ready.append((self._held[page_id], destination))
            else:
                self._queue.release(destination)
        asked_at = time.monotonic()
        try:
            pages = [delivery.page for delivery, _ in ready]
            standings, similar = await asyncio.gather(self._standings(pages), self._find_similar(pages))
        except BaseException:
            for delivery, destination in reversed(ready):
                self._queue.put_back(delivery.id, destination)
            raise
        now = self._clock.now()
        for delivery, destination in ready:
            wanted = no_longer_wanted(standings.get(delivery.page.incident.id), delivery.page.generation, now)
            move = self._router.check(delivery, wanted, destination, now)
            if move.reason is Reason.SEND:
                guard = SendGuard(partial(self._ask_again, delivery, destination), asked_at)
                past = similar.get(delivery.page.incident.id)
                guard.task = task = asyncio.create_task(self._send(delivery, destination, guard, past))
                self._sending[delivery.id], self._guards[delivery.id] = task, guard
                task.add_done_callback(partial(self._finish_send, delivery.id))
            else:
                self._queue.release(destination)
                self.recorder.put([PendingResult(delivery, partial(_unless_final, move=move), now)])
        return True

    async def _standings(self, pages: Sequence[PageFact]) -> dict[str, IncidentStanding]:
        """How the incidents of these pages stand, as far as they are known."""
        now = self._clock.now()
        young = {page.incident.id for page in pages if is_young(page, now)}
        older = [page.incident.id for page in pages if not is_young(page, now)]
        return self._copies.heard_here(young) | await self._copies.standings(older)

    async def _find_similar(self, pages: Sequence[PageFact]) -> Mapping[str, SimilarFact]:
        """The past incidents that theirs are like; of what began a moment ago none is known, and none is asked for."""
        now = self._clock.now()
        return await self._copies.similar_to(
            page.incident.id for page in pages if page.method.channel in SHOWING_SIMILAR and not is_young(page, now)
        )

    async def _ask_again(self, delivery: Delivery, destination: str) -> Move:
        page = delivery.page
        standings = await self._copies.standings([page.incident.id])
        now = self._clock.now()
        wanted = no_longer_wanted(standings.get(page.incident.id), page.generation, now)
        return self._router.check(delivery, wanted, destination, now)

    async def _send(self, delivery: Delivery, destination: str, guard: SendGuard, similar: SimilarFact | None) -> None:
        try:
            links = self._router.links(delivery.page, similar)
            outcome = await self._attempt(self._router.channel(delivery), delivery, guard, links)
            outcome = outcome.without(delivery.page.method.address)
        except Withdrawn as withdrawn:
            self._not_sent(delivery, destination, withdrawn.move)
            return
        self._breaker.take(destination, outcome, time.monotonic())
        self._queue.finish(destination)
        now, number, jitter = self._clock.now(), delivery.attempts + 1, random.random()  # noqa: S311 - not a secret
        self.recorder.put(
            [PendingResult(delivery, lambda current: after_send(current, number, outcome, now, jitter), now)]
        )

    def _not_sent(self, delivery: Delivery, destination: str, move: Move | None) -> None:
        """What isn't wanted is recorded; what couldn't be asked about goes back into its line, if it is still ours."""
        self._sending.pop(delivery.id, None)
        self._guards.pop(delivery.id, None)
        if move is None and delivery.id in self._held:
            self._queue.put_back(delivery.id, destination)
            return
        self._queue.release(destination)
        if move is not None:
            self.recorder.put([PendingResult(delivery, partial(_unless_final, move=move), self._clock.now())])

    async def _attempt(self, channel: Channel, delivery: Delivery, guard: SendGuard, links: PageLinks) -> Outcome:
        """Raises `Withdrawn` when the page did not leave."""
        try:
            async with asyncio.timeout(SEND_SECONDS + 1):
                return await channel.send(
                    delivery.page,
                    links,
                    self._clock.now(),
                    guard.check,
                )
        except TimeoutError:
            return down(f"no end after {SEND_SECONDS + 1:g} s")
        except Withdrawn:
            raise
        except asyncio.CancelledError as error:
            if guard.is_withdrawn:
                raise Withdrawn(None) from error
            if is_to_end():
                raise
            return down("the attempt was broken off")  # by nobody: see `log_and_continue`
        except Exception as error:
            log.exception("a channel failed", channel=channel.spec.id, page=delivery.id)
            return failed_here(error)

    def _finish_send(self, page_id: str, task: asyncio.Task[None]) -> None:
        if self._sending.get(page_id) is task:
            del self._sending[page_id], self._guards[page_id]
        self._wake.set()

    def _look_after_held_back(self) -> None:
        """What waits for an open circuit is told once, and given up when it has waited too long."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        now = self._clock.now()
        findings = []
        for page_id in self._queue.held_back_ids():
            delivery = self._held.get(page_id)
            if delivery is None or page_id in self._being_told:
                continue
            move = before_send(delivery, None, now)
            if move.reason is not Reason.SEND:
                findings.append(PendingResult(delivery, partial(_unless_final, move=move), now))
            elif not delivery.told:
                findings.append(PendingResult(delivery, hold_back, now))
        self._being_told.update(finding.delivery.id for finding in findings)
        self.recorder.put(findings)

    def _on_written(self, delivery: Delivery) -> None:
        self._being_told.discard(delivery.id)
        if delivery.state is DeliveryState.SENDING and delivery.owner == self._holding.owner:
            if delivery.id in self._held:
                self._held[delivery.id] = delivery
        else:
            self._held.pop(delivery.id, None)
            self._updater.put([delivery])  # it may have been answered while it was sent


def _unless_final(current: Delivery, move: Move) -> Move | None:
    return None if current.state.is_final else move
