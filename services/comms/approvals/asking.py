"""Asks for approvals: letters at once, and messages in Slack that say later what became of it.

What is said in Slack is driven by a stored due time. Who works on a request holds it by moving that time; a message
that was posted by a process that died then may stand there twice, and either one's buttons answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from prometheus_client import Counter

from services.comms.approvals.approval_request import (
    ApprovalRequest,
    Changing,
    SlackMessage,
    after_trouble,
    is_to_post,
    is_to_update,
)
from services.comms.approvals.slack_message import content, message
from services.comms.approvals.store import ApprovalRequests
from services.comms.delivery.outcome import Outcome, OutcomeKind, failed_here, refused
from services.comms.people.reader import Reader
from services.comms.people.store.people import People
from services.comms.slack.active_client import SlackAccess
from services.comms.slack.channels_client import open_conversation
from services.comms.slack.client import SlackApi, Unsuccessful
from shared.clocks.clock import Now
from shared.outbox.races import decide_and_commit
from shared.process.logs import get_logger

BATCH = 20
LOOK_SECONDS = 15.0
HELD_FOR = timedelta(seconds=20)
"""Longer than any one call; what a dead process held is taken up then."""
ROOM_READER = Reader(id="")
"""Who reads a channel: several people, in English, in UTC."""

ASKED = Counter("tocsin_approval_messages_total", "Messages in Slack that ask for an approval", ["outcome"])

log = get_logger(__name__)


class ApprovalAsking:
    """The requests for approvals, as far as Slack is asked to show them."""

    def __init__(
        self,
        requests: ApprovalRequests,
        people: People,
        slack: SlackAccess,
        *,
        clock: Now,
        base_url: str,
        secret_key: str,
    ) -> None:
        self._requests = requests
        self._people = people
        self._slack = slack
        self._clock = clock
        self._base_url = base_url
        self._secret_key = secret_key
        self._work = requests.due_work(self.sweep, look_seconds=LOOK_SECONDS)

    async def run(self) -> None:
        """Say what is due, for ever."""
        await self._work.run()

    async def sweep(self) -> bool:
        """Say what is due; True when there may be more."""
        if self._slack.api is None:
            return False
        due = await self._requests.due(self._clock.now(), BATCH)
        for request in due:
            await self._keep(self._slack.api, request)
        return len(due) == BATCH

    async def _keep(self, api: SlackApi, request: ApprovalRequest) -> None:
        held = await self._requests.commit(request, request.changed(due_at=self._clock.now() + HELD_FOR))
        if held is None:
            return
        has_trouble = False
        for one in held.messages:
            try:
                change = await self._say(api, held, one)
            except Unsuccessful as failure:
                change = self._trouble(one, failure.outcome)
                has_trouble = has_trouble or failure.outcome.kind is not OutcomeKind.REFUSED
            if change is not None:
                held = await self._record(held, change)
        if not has_trouble:
            await self._settle(held)

    async def _say(self, api: SlackApi, request: ApprovalRequest, one: SlackMessage) -> Changing | None:
        """Say in one place what is to be said there now; what is to be recorded of it, None: nothing was to be said.

        Raises `Unsuccessful`.
        """
        if is_to_post(request, one, self._clock.now()):
            reference = await self._post(api, request, one)
            ASKED.labels("asked").inc()
            return lambda now: now.with_message(one.place, reference=reference)
        if is_to_update(request, one):
            await self._update(api, request, one)
            return lambda now: now.with_message(one.place, shows_end=True)
        return None

    def _trouble(self, one: SlackMessage, outcome: Outcome) -> Changing:
        """What is to be recorded of a message that Slack did not take."""
        jitter = random.random()  # noqa: S311 - not a secret
        ASKED.labels(outcome.kind.value).inc()
        if outcome.kind is OutcomeKind.REFUSED:
            log.info("Slack refuses a request for an approval", detail=outcome.detail)
        return lambda now: after_trouble(now, one.place, outcome, self._clock.now(), jitter)

    async def _settle(self, held: ApprovalRequest) -> None:
        """Nothing is left to be said for now, unless it was decided meanwhile."""

        def settle(now: ApprovalRequest) -> ApprovalRequest:
            is_left = any(is_to_update(now, one) or is_to_post(now, one, self._clock.now()) for one in now.messages)
            due_at = self._clock.now() if is_left else None
            return now.changed(due_at=due_at, attempts=0, busy_attempts=0, trying_since=None)

        await self._record(held, settle)

    async def _post(self, api: SlackApi, request: ApprovalRequest, one: SlackMessage) -> str:
        """Post one message, and return where it stands. Raises `Unsuccessful`."""
        now = self._clock.now()
        reader = await self._reader(one)
        room = one.channel
        if room is None:
            if not reader.slack:
                raise Unsuccessful(refused("nothing is known of this person in Slack"))
            room = await open_conversation(api, reader.slack[0], now)
        members = self._written(lambda: message(request, reader, room, self._base_url, self._secret_key))
        answer = await api.json("chat.postMessage", members, now)
        return f"{answer.get('channel', room)}/{answer.get('ts', '')}"

    async def _update(self, api: SlackApi, request: ApprovalRequest, one: SlackMessage) -> None:
        """Have one message say what became of it. Raises `Unsuccessful`."""
        room, _, stamp = (one.reference or "").partition("/")
        reader, by = await self._reader(one), ""
        if request.decided is not None and request.decided.user_id is not None:
            who = request.decided.user_id
            by = (await self._people.readers([who])).get(who, Reader(id=who)).name
        members = self._written(lambda: content(request, reader, self._base_url, self._secret_key, by=by))
        await api.json("chat.update", {"channel": room, "ts": stamp, **members}, self._clock.now())

    async def _reader(self, one: SlackMessage) -> Reader:
        if one.user_id is None:
            return ROOM_READER
        return (await self._people.readers([one.user_id])).get(one.user_id, Reader(id=one.user_id))

    def _written(self, write: Callable[[], dict[str, object]]) -> dict[str, object]:
        """What is said; an error of our own ends this one message, as a refusal of Slack's would."""
        try:
            return write()
        except Exception as error:
            log.exception("a request for an approval could not be written")
            raise Unsuccessful(failed_here(error)) from error

    async def _record(self, known: ApprovalRequest, change: Changing) -> ApprovalRequest:
        """The request as it is stored after `change`, made again on what somebody else wrote meanwhile."""

        async def read() -> ApprovalRequest:
            return await self._requests.find(known.id) or known

        async def commit(decided: tuple[ApprovalRequest, ApprovalRequest]) -> set[str]:
            return set() if await self._requests.commit(*decided) is not None else {known.id}

        before, after = await decide_and_commit(read, lambda before: (before, change(before)), commit, known=known)
        return after.changed(version=before.version + 1)
