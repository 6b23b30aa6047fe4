"""Events in: pages that are asked for, incidents that no longer need theirs, people who were erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from services.comms.canary.loopback import Loopback
from services.comms.delivery.delivery_state import Reason
from services.comms.incident_copies.standing import standing_of
from services.comms.incident_copies.store import IncidentCopies
from services.comms.paging.cancellation import may_cancel_pages, no_longer_wanted
from services.comms.paging.delivery import Delivery, Origin, accept_page, cancel, erase_person
from services.comms.paging.forgetting import Forgetting
from services.comms.paging.message_updater import Updater
from services.comms.paging.sending.process_lease import ProcessLease
from services.comms.paging.sending.recorder import PendingResult
from services.comms.paging.sending.sender import Sender
from services.comms.paging.store.deliveries import Deliveries
from services.comms.people.store.erased import ErasedPeople
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery as Message
from shared.canary import is_canary
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.incidents import IncidentFact
from shared.events.oncall import PageFact


class PageHandler:
    """Takes pages in that are asked for."""

    def __init__(
        self,
        deliveries: Deliveries,
        erased: ErasedPeople,
        sender: Sender,
        holding: ProcessLease,
        *,
        loopback: Loopback,
        clock: Now,
    ) -> None:
        self._deliveries = deliveries
        self._erased = erased
        self._sender = sender
        self._holding = holding
        self._loopback = loopback
        self._clock = clock

    async def handle(self, batch: Sequence[Message[Event]]) -> None:
        """Store the intent of each page, held by this process, and put it into the lines; repeats change nothing."""
        canaries = facts_of([message for message in batch if is_canary(message)], PageFact)
        if canaries:
            self._loopback.accept(canaries)
        asked = {
            page.page_id: (event, page)
            for event, page in facts_of([message for message in batch if not is_canary(message)], PageFact)
        }
        if not asked:
            return
        erased = await self._erased.among_of_late([page.user.id for _, page in asked.values()])
        owner = self._holding.owner if self._sender.has_room else None
        deliveries = [self._to_delivery(page, event, erased, owner) for event, page in asked.values()]
        known = await self._deliveries.take_in(deliveries)
        if owner is not None:
            self._sender.accept(delivery for delivery in deliveries if delivery.id not in known)
        # a repeat after a failure of ours may be of a page that was stored but never reached the lines
        await self._sender.pick_up(sorted(known - self._sender.held_ids()))

    def _to_delivery(self, page: PageFact, event: Event, erased: set[str], owner: str | None) -> Delivery:
        origin = Origin(event_id=event.id, correlation=event.correlationid, traceparent=event.traceparent)
        return accept_page(erase_person(page) if page.user.id in erased else page, origin, owner, self._clock.now())


class CancellationHandler:
    """Cancels pages that nobody needs any more. What it hears of incidents is what all of comms knows of them."""

    def __init__(
        self,
        deliveries: Deliveries,
        copies: IncidentCopies,
        sender: Sender,
        *,
        forgetting: Forgetting,
        updater: Updater,
        clock: Now,
    ) -> None:
        self._deliveries = deliveries
        self._copies = copies
        self._sender = sender
        self._forgetting = forgetting
        self._updater = updater
        self._clock = clock

    async def handle(self, batch: Sequence[Message[Event]]) -> None:
        """Take in how incidents stand, cancel the pages of those that were answered, bring messages up to date."""
        told = facts_of(batch, IncidentFact)
        if not told:
            return
        await self._copies.fold([event for event, _ in told])
        now = self._clock.now()
        # of a fact that ends no page nothing is read: where a newer one does, whoever took that in sees to it
        ending = {fact.id for _, fact in told if may_cancel_pages(standing_of(fact), now)}
        if not ending:
            return
        standings = await self._copies.standings(sorted(ending))
        ended = [incident_id for incident_id, standing in standings.items() if may_cancel_pages(standing, now)]
        concerned = await self._deliveries.of_incidents(ended)
        self._updater.put(concerned)
        self._updater.put(await self._deliveries.of_incidents(sorted(await self._copies.ids_merged_into(ended))))
        unsent = [delivery for delivery in concerned if not delivery.state.is_final]
        reasons = {
            delivery.id: no_longer_wanted(standings[delivery.page.incident.id], delivery.page.generation, now)
            for delivery in unsent
        }
        await self._cancel((delivery, reason) for delivery in unsent if (reason := reasons[delivery.id]) is not None)

    async def forget(self, user_ids: Sequence[str]) -> None:
        """These people were erased: cancel their pages, and remove their names and addresses."""
        await self.withdraw(user_ids)
        await self._forgetting.forget(user_ids)

    async def withdraw(self, user_ids: Sequence[str]) -> None:
        """Cancel the pages of people who were erased."""
        unsent = await self._deliveries.unsent_of_people(user_ids)
        await self._cancel((delivery, Reason.ERASED) for delivery in unsent)

    async def _cancel(self, unwanted: Iterable[tuple[Delivery, Reason]]) -> None:
        now = self._clock.now()
        findings = [PendingResult(delivery, partial(cancel, reason=reason), now) for delivery, reason in unwanted]
        self._sender.drop(finding.delivery.id for finding in findings)
        await self._sender.recorder.write(findings)
