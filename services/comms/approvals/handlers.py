"""Events in: what runbooks wait for somebody to approve of, and what became of that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from services.comms.approvals.approval_request import (
    ApprovalRequest,
    apply_settled,
    decided_request,
    new_request,
    request_id,
)
from services.comms.approvals.places import SlackPlaces
from services.comms.approvals.presses import ApprovalPresses
from services.comms.approvals.store import ApprovalRequests
from services.comms.incident_copies.store import IncidentCopies
from services.comms.people.lookup import wait_for_people
from services.comms.people.reader import Reader
from services.comms.people.store.people import People
from shared.bus.batches import facts_of
from shared.bus.consumer import Delivery
from shared.clocks.clock import Now
from shared.events import Event
from shared.events.automation import ApprovalFact, ApprovalOutcome, ExecutionFact, WaitingFact
from shared.outbox.races import decide_and_commit

Post = Callable[[ApprovalRequest, Sequence[Reader]], Awaitable[None]]
"""Posts the letters of a request, each once however often it is asked to."""


class ApprovalHandler:
    """Has people asked, and what they are told brought up to date; a repeat asks nobody again."""

    def __init__(
        self,
        requests: ApprovalRequests,
        presses: ApprovalPresses,
        people: People,
        copies: IncidentCopies,
        places: SlackPlaces,
        *,
        post: Post,
        clock: Now,
    ) -> None:
        self._requests = requests
        self._presses = presses
        self._people = people
        self._copies = copies
        self._places = places
        self._post = post
        self._clock = clock

    async def handle(self, batch: Sequence[Delivery[Event]]) -> None:
        """Take a batch in."""
        for _, fact in facts_of(batch, ExecutionFact):
            if fact.waiting is not None and fact.waiting.needs_approval and not fact.dry_run:
                await self._ask(fact, fact.waiting)
        for _, settled in facts_of(batch, ApprovalFact):
            await self._settle(settled)

    async def _ask(self, fact: ExecutionFact, waiting: WaitingFact) -> None:
        now = self._clock.now()
        known = await self._requests.find(request_id(fact.id, waiting.n, waiting.until))
        if now >= waiting.until or (known is not None and known.decided is not None):
            return
        await wait_for_people(self._people, waiting.approvers)
        readers = await self._people.readers(waiting.approvers)
        incidents = await self._copies.facts([fact.incident_id])
        title = incidents[fact.incident_id].title if fact.incident_id in incidents else ""
        places = await self._places.find(fact.incident_id, readers.values())
        request = new_request(fact, waiting, title, places, now)
        # letters first: a process that dies in between posts the same ones again, and asks in Slack then
        await self._post(request, list(readers.values()))
        await self._requests.commit(None, request)

    async def _settle(self, fact: ApprovalFact) -> None:
        id_ = request_id(fact.execution_id, fact.n, fact.until)
        is_refused = fact.outcome is ApprovalOutcome.REFUSED

        async def read() -> ApprovalRequest | None:
            return await self._requests.find(id_)

        def decide(known: ApprovalRequest | None) -> tuple[ApprovalRequest | None, ApprovalRequest | None]:
            if known is None:
                return None, None if is_refused else decided_request(fact)
            return known, apply_settled(known, fact, self._clock.now())

        async def commit(decided: tuple[ApprovalRequest | None, ApprovalRequest | None]) -> set[str]:
            before, after = decided
            if after is None or after == before:
                return set()
            return set() if await self._requests.commit(before, after) is not None else {id_}

        before, _ = await decide_and_commit(read, decide, commit)
        if is_refused and before is not None:
            self._presses.tell_refused(before, fact)
