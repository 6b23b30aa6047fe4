"""Keeps tickets and action items alike: hears of actions, writes what is due, takes in what ticket systems tell.

A ticket with something to write is a due document. A process holds it by moving its due time before it calls out, and
records each step by a guarded write; when it dies, the ticket is due again, and one that was begun is looked for
before it is made. What a webhook missed is healed by looking at tickets once a minute.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from prometheus_client import Counter

from services.comms.delivery.circuit_breaker import Breaker
from services.comms.delivery.outcome import OutcomeKind, failed_here
from services.comms.delivery.retry import Patience, Tried, after_failure
from services.comms.people.store.people import People
from services.comms.tickets.project import Place, place_for
from services.comms.tickets.store.projects import Places
from services.comms.tickets.store.tickets import TicketChange, Tickets
from services.comms.tickets.systems.contract import Access, Draft, NotDone, Owner, Provider
from services.comms.tickets.ticket import (
    STATE_OF,
    Seen,
    Step,
    StepOutcome,
    Sync,
    Ticket,
    apply_remote,
    begin,
    content_of,
    follow_action,
    hold,
    is_held,
    mark_deleted,
    mark_synced,
    next_check,
    next_step,
    origin_event,
    outcome_of,
    record_creation,
    record_edit,
    record_failure,
    record_move,
    release,
    start_creation,
    ticket_fact,
    wants_ticket,
)
from shared.clocks.clock import Now
from shared.events import Event, make
from shared.events.actions import ActionFact, ActionState
from shared.ids import derive_id
from shared.outbox.races import decide_and_commit
from shared.process.logs import get_logger
from shared.secrecy.sealing import Seal

AT_ONCE = 4
LOOK_SECONDS = 15.0
CHECKED_AT_ONCE = 50
MOST_STEPS = 6
CIRCUIT_OPEN_FOR = timedelta(seconds=3)
PATIENCE = Patience(timedelta(hours=24), max_busy=200, down_longest_seconds=60.0, busy_longest_seconds=300.0)
CHANGED = "ticket.changed.v1"

TICKETS = Counter("tocsin_tickets_total", "What became of steps in ticket systems", ["provider", "step", "outcome"])

log = get_logger(__name__)


class TicketSync:
    """Writes action items into ticket systems, and takes what ticket systems tell into the tickets."""

    def __init__(
        self,
        tickets: Tickets,
        places: Places,
        people: People,
        providers: Mapping[str, Provider],
        *,
        seal: Seal,
        clock: Now,
        base_url: str,
    ) -> None:
        self._tickets = tickets
        self._places = places
        self._people = people
        self._providers = providers
        self._seal = seal
        self._clock = clock
        self._base_url = base_url
        self._breaker = Breaker()
        self._due = tickets.due_work(self.sweep, look_seconds=LOOK_SECONDS)
        self._checks = tickets.check_work(self.reconcile, look_seconds=LOOK_SECONDS)

    async def hear(self, told: Sequence[tuple[Event, ActionFact]]) -> None:
        """Take in what is told of actions; the newest state of each counts."""
        ids = list(dict.fromkeys(fact.id for _, fact in told))

        async def read() -> tuple[Mapping[str, Ticket], Sequence[Place]]:
            return await self._tickets.by_ids(ids), await self._places.all()

        if told:
            await decide_and_commit(read, lambda known: self._follow(told, *known), self._tickets.commit)

    async def tell(self, place_ids: Sequence[str], key: str, seen: Seen) -> None:
        """A ticket system told where a ticket stands."""
        await self._change(place_ids, key, lambda ticket, now: self._apply_seen(ticket, seen, now))

    async def tell_gone(self, place_ids: Sequence[str], key: str) -> None:
        """A ticket system told that a ticket is not there any more."""
        await self._change(place_ids, key, lambda ticket, now: (ticket, mark_deleted(ticket, now), ()))

    async def ask_soon(self, place_ids: Sequence[str], key: str) -> None:
        """Something about a ticket changed: look at it at the next opportunity."""
        await self._change(place_ids, key, lambda ticket, now: (ticket, ticket.changed(check_at=now), ()))

    async def _change(
        self, place_ids: Sequence[str], key: str, change: Callable[[Ticket, datetime], TicketChange]
    ) -> None:
        """Change those that have this key in one of these projects."""

        def decide(found: Sequence[Ticket]) -> list[TicketChange]:
            now = self._clock.now()
            return [change(ticket, now) for ticket in found]

        await decide_and_commit(lambda: self._tickets.of_key(place_ids, key), decide, self._tickets.commit)

    async def run(self) -> None:
        """Write what is due, for ever."""
        await self._due.run()

    async def check(self) -> None:
        """Look at tickets there, for ever."""
        await self._checks.run()

    async def sweep(self) -> bool:
        """Work on what is due; False when that was nothing."""
        now = self._clock.now()
        due = await self._tickets.due(now, AT_ONCE)
        held = [(ticket, hold(ticket, now)) for ticket in due]
        lost = await self._tickets.commit([(before, after, ()) for before, after in held])
        places = {place.id: place for place in await self._places.all()} if due else {}
        taken = [after.changed(version=before.version + 1) for before, after in held]
        await asyncio.gather(*(self._work(one, places.get(one.place_id)) for one in taken if one.id not in lost))
        return len(due) > 0

    async def reconcile(self) -> bool:
        """Look at the tickets whose time for it has come; True when there may be more."""
        now = self._clock.now()
        waiting = await self._tickets.to_check(now, CHECKED_AT_ONCE)
        places = {place.id: place for place in await self._places.all()} if waiting else {}
        by_place: defaultdict[str, list[Ticket]] = defaultdict(list)
        for ticket in waiting:
            by_place[ticket.place_id].append(ticket)
        for place_id, tickets in by_place.items():
            place = places.get(place_id)
            seen = await self._look_at(place, tickets) if place is not None else None
            await self._take_in(tickets, seen)
        return len(waiting) == CHECKED_AT_ONCE

    async def _look_at(self, place: Place, tickets: Sequence[Ticket]) -> dict[str, Seen] | None:
        """Where these stand there; None when that can't be said now."""
        access = self._access(place)
        if access is None:
            return None
        try:
            keys = [ticket.key for ticket in tickets if ticket.key is not None]
            with _or_not_done():
                return await self._providers[place.provider].look(access, keys, self._clock.now())
        except NotDone:
            return None

    async def _take_in(self, tickets: Sequence[Ticket], seen: Mapping[str, Seen] | None) -> None:
        """Write what was seen of these, None when nothing could be, and when they are looked at next."""
        ids = [ticket.id for ticket in tickets]
        await decide_and_commit(
            lambda: self._tickets.by_ids(ids),
            lambda current: self._decide_after_look(current, seen),
            self._tickets.commit,
        )

    def _decide_after_look(self, current: Mapping[str, Ticket], seen: Mapping[str, Seen] | None) -> list[TicketChange]:
        now = self._clock.now()
        changes: list[TicketChange] = []
        for before in current.values():
            after, events = before, list[Event]()
            if seen is not None and before.key is not None:
                if before.key in seen:
                    # it was looked at a moment ago: nothing that came later may be undone by it
                    _, after, events = self._apply_seen(before, seen[before.key], now)
                elif before.sync is not Sync.GONE:
                    after = mark_deleted(before, now)
            after = after.changed(check_at=next_check(after, now))
            changes.append((before, after, events))
        return changes

    def _follow(
        self, told: Sequence[tuple[Event, ActionFact]], known: Mapping[str, Ticket], places: Sequence[Place]
    ) -> list[TicketChange]:
        now = self._clock.now()
        by_action: defaultdict[str, list[tuple[Event, ActionFact]]] = defaultdict(list)
        for event, fact in sorted(told, key=lambda pair: pair[0].sequence):
            by_action[fact.id].append((event, fact))
        changes: list[TicketChange] = []
        for action_id, news in by_action.items():
            before = known.get(action_id)
            if before is None:
                event, fact = news[-1]
                place = place_for(fact, places) if wants_ticket(fact) else None
                if place is not None:
                    changes.append((None, begin(fact, event.sequence, place, now), ()))
                continue
            after = before
            for event, fact in news:
                after = follow_action(after, fact, event.sequence, origin_event(fact, before.provider), now)
            changes.append((before, after, ()))
        return changes

    def _apply_seen(self, ticket: Ticket, seen: Seen, now: datetime) -> tuple[Ticket, Ticket, list[Event]]:
        event_id = derive_id(CHANGED, ticket.id, ticket.version + 1, prefix="tic_")
        after, follows = apply_remote(ticket, seen, event_id, now)
        return ticket, after, self._event(ticket, after, from_provider=True) if follows else []

    def _event(self, before: Ticket, after: Ticket, *, from_provider: bool) -> list[Event]:
        fact = ticket_fact(after, from_provider=from_provider, at=self._clock.now())
        if fact is None:
            return []
        event_id = derive_id(CHANGED, before.id, before.version + 1, prefix="tic_")
        return [
            make(
                CHANGED,
                subject=before.id,
                sequence=before.version + 1,
                time=self._clock.now(),
                data=fact,
                id=event_id,
            )
        ]

    async def _work(self, ticket: Ticket, place: Place | None) -> None:
        """Take the steps of a ticket that this process holds until there is none, or one fails."""
        access = self._access(place) if place is not None else None
        if place is None or access is None:
            why = "there is no such project any more" if place is None else "its token can't be read; set it anew"
            self._count(await self._apply(ticket, lambda current, now: record_failure(current, why, now)))
            return
        if not self._breaker.may_send(place.base_url, time.monotonic()):
            await self._apply(ticket, lambda current, now: release(current, now + CIRCUIT_OPEN_FOR))
            return
        for _ in range(MOST_STEPS):
            step = next_step(ticket, self._clock.now())
            if step is Step.NOTHING:
                self._breaker.probe_unused(place.base_url)
                ticket = await self._apply(ticket, mark_synced)
                if not is_held(ticket, self._clock.now()):
                    return
                continue
            try:
                ticket = await self._take(step, ticket, access)
            except NotDone as failure:
                self._breaker.take(place.base_url, failure.outcome, time.monotonic())
                change = partial(after_refusal, step=step, failure=failure, jitter=random.random())  # noqa: S311 - not a secret
                self._count(await self._apply(ticket, change), step)
                return
            TICKETS.labels(ticket.provider, step.value, StepOutcome.DONE.value).inc()
            self._breaker.record_success(place.base_url)
        await self._apply(ticket, lambda current, now: release(current, now + CIRCUIT_OPEN_FOR))

    async def _take(self, step: Step, ticket: Ticket, access: Access) -> Ticket:
        """One step in the ticket system, recorded. Raises `NotDone`."""
        now, origin = self._clock.now(), f"{ticket.id}:{ticket.action_seq}"
        with _or_not_done():
            provider, content = self._providers[ticket.provider], content_of(ticket.action)
        if step is Step.MOVE:
            state = ActionState.DROPPED if ticket.action.deleted else ticket.action.state
            with _or_not_done():
                seen = await provider.move(access, ticket.key or "", state, origin, now)
            return await self._apply(ticket, partial(record_move, seen=seen, to=STATE_OF[state]), is_told=True)
        draft = Draft(ticket.id, content, await self._owner(content.assignee_id), self._link(ticket.action), origin)
        if step is Step.EDIT:
            with _or_not_done():
                await provider.edit(access, ticket.key or "", draft, now)
            return await self._apply(ticket, partial(record_edit, content=content))
        with _or_not_done():
            there = await provider.find(access, ticket.id, now) if ticket.begun else None
        if there is None:
            ticket = await self._apply(ticket, start_creation)
            with _or_not_done():
                there = await provider.create(access, draft, now)
        return await self._apply(ticket, partial(record_creation, seen=there, content=content), is_told=True)

    async def _apply(
        self, ticket: Ticket, change: Callable[[Ticket, datetime], Ticket], *, is_told: bool = False
    ) -> Ticket:
        """The ticket as it is stored after `change`, made again on what somebody else wrote meanwhile."""

        async def read() -> Ticket:
            return (await self._tickets.by_ids([ticket.id]))[ticket.id]

        async def commit(decided: tuple[Ticket, Ticket]) -> set[str]:
            before, after = decided
            events = self._event(before, after, from_provider=False) if is_told else []
            return await self._tickets.commit([(before, after, events)])

        before, after = await decide_and_commit(
            read, lambda before: (before, change(before, self._clock.now())), commit, known=ticket
        )
        return after if after == before else after.changed(version=before.version + 1)

    async def _owner(self, user_id: str | None) -> Owner | None:
        if user_id is None:
            return None
        reader = (await self._people.readers([user_id])).get(user_id)
        return Owner(user_id, reader.email if reader is not None else "")

    def _link(self, action: ActionFact) -> str:
        return f"{self._base_url}/postmortems/{action.postmortem_id}"

    def _access(self, place: Place) -> Access | None:
        token = self._seal.open(place.sealed_token)
        return Access(place, token.decode()) if token is not None else None

    def _count(self, after: Ticket, step: Step = Step.NOTHING) -> None:
        TICKETS.labels(after.provider, step.value, outcome_of(after).value).inc()


@contextmanager
def _or_not_done() -> Iterator[None]:
    """An error of our own ends this one ticket's step, as a refusal would, and says nothing of the system. Raises
    `NotDone`.
    """
    try:
        yield
    except NotDone:
        raise
    except Exception as error:
        log.exception("a ticket system could not be asked")
        raise NotDone(failed_here(error, "ticket")) from error


def after_refusal(ticket: Ticket, now: datetime, *, step: Step, failure: NotDone, jitter: float) -> Ticket:
    """The ticket after a step that was not done. `jitter` is a random number in [0, 1)."""
    outcome = failure.outcome
    if failure.missing and step is not Step.CREATE:
        return mark_deleted(ticket, now)
    tried = Tried(ticket.attempts, ticket.busy_attempts, ticket.trying_since)
    following = after_failure(tried, outcome, PATIENCE, now, jitter)
    if following.due_at is None:
        return record_failure(ticket, outcome.detail, now)
    return release(
        ticket,
        following.due_at,
        detail=outcome.detail,
        attempts=ticket.attempts + 1,
        busy_attempts=ticket.busy_attempts + (outcome.kind is OutcomeKind.BUSY),
        trying_since=ticket.trying_since or now,
        updated_at=now,
    )
