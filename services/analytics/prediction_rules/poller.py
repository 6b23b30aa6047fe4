"""Polls the Prometheus of `TOCSIN_PROMETHEUS_URL` with the rules' queries: by one process at a time.

The process that holds the lease renews it while it polls. Instants are multiples of the step, so that what is
polled twice (after a process died, or at the seam of two polls) are the same samples, which are kept once.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from services.analytics.prediction_rules.answer import Polled, read_answer
from services.analytics.prediction_rules.prometheus_client import STEP_SECONDS, PrometheusClient
from services.analytics.prediction_rules.rule_cache import ReadyRule, RuleCache
from services.analytics.prediction_rules.store import Poll, Rules
from shared.bus.publisher import Publisher
from shared.clocks.clock import Now
from shared.clocks.epoch import EPOCH
from shared.leader_lease import LeaderLease
from shared.outside.outbound import OutboundError
from shared.process.logs import get_logger
from shared.process.outliving import log_and_continue, pause_loop
from shared.samples.message import CONTENT_TYPE, QUEUE, Sender, encode_messages

EVERY = timedelta(seconds=30)
LOOK_SECONDS = 2.0
RENEW_SECONDS = 0.7
FIRST = timedelta(hours=2)
"""So far back a new rule, or one that could not be polled for long, is polled at once."""
OVERLAP = timedelta(seconds=60)
"""So much is asked for again: a Prometheus may have scraped late."""

log = get_logger(__name__)


class Poller:
    """One per process; those that do not hold the lease wait for it."""

    def __init__(
        self,
        client: PrometheusClient,
        rules: Rules,
        cache: RuleCache,
        publisher: Publisher,
        *,
        lease: LeaderLease,
        clock: Now,
    ) -> None:
        self._client = client
        self._rules = rules
        self._cache = cache
        self._publisher = publisher
        self._lease = lease
        self._clock = clock
        self._leads = False

    async def run(self) -> None:
        """Poll what is due, for ever."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._keep_lease())
            both.create_task(self._poll_forever())

    async def _keep_lease(self) -> None:
        while True:
            self._leads, leads = False, False
            with log_and_continue("the lease to poll is asked for again"):
                leads = await self._lease.is_mine()
            self._leads = leads
            await pause_loop(RENEW_SECONDS)

    async def _poll_forever(self) -> None:
        while True:
            with log_and_continue("rules are polled again"):
                if await self._lease.is_mine():
                    await self._poll_due()
            await pause_loop(LOOK_SECONDS)

    async def _poll_due(self) -> None:
        await self._cache.refresh()
        ready = self._cache.ready
        polls = await self._rules.polls([(one.kept.id, one.kept.version) for one in ready])
        for one in ready:
            poll = polls.get(one.kept.id, Poll())
            if poll.at is not None and self._clock.now() - poll.at < EVERY:
                continue
            if not await self._lease.is_mine():
                return
            await self._rules.note_poll(one.kept, await self._poll(one, poll))

    async def _poll(self, one: ReadyRule, before: Poll) -> Poll:
        now = self._clock.now()
        end = _aligned(now)
        start = end - FIRST if before.until is None else max(before.until - OVERLAP, end - FIRST)
        polled = await self._ask(one, _aligned(start), end)
        if polled.problem:
            log.warning("a rule could not be polled", rule=one.kept.id, problem=polled.problem)
        if not polled.samples and polled.problem:
            return before.changed(at=now, problem=polled.problem, series=0)
        team = one.kept.rule.team or one.team
        sender = Sender(f"rule {one.kept.id}", (team,) if team else (), one.kept.id)
        for message in encode_messages(sender, polled.samples):
            await self._publisher.to_queue(QUEUE, message, content_type=CONTENT_TYPE)
        return Poll(until=end, at=now, problem=polled.problem, series=len(polled.samples))

    async def _ask(self, one: ReadyRule, start: datetime, end: datetime) -> Polled:
        try:
            answer = await self._client.query_range(one.kept.rule.query, start, end)
        except OutboundError as error:
            return Polled(problem=f"Prometheus does not answer: {error}"[:500])
        if answer.cut:
            return Polled(problem="The answer is too large: let the query find fewer series.")
        if answer.status != 200 and not answer.body.startswith(b"{"):
            return Polled(problem=f"Prometheus answers {answer.status}: {answer.text()}"[:500])
        return read_answer(answer.body, one.kept, one.service_id)


def _aligned(moment: datetime) -> datetime:
    step = timedelta(seconds=STEP_SECONDS)
    return EPOCH + (moment - EPOCH) // step * step
