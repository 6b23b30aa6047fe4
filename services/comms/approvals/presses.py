"""What people press in Slack under a request for an approval: told to automation, whose rules decide.

Slack is answered when the broker has confirmed the event that tells of the press; who pressed it hears only of what did
not count, and sees in the message what did.
"""

from __future__ import annotations

from collections.abc import Callable

from services.comms.approvals.approval_request import ApprovalRequest, PendingPress, request_id, with_press
from services.comms.approvals.store import ApprovalRequests
from services.comms.approvals.texts import refusal_text
from services.comms.people.reader import Reader
from services.comms.people.store.people import People
from services.comms.slack.requests import ApprovalPress
from shared.clocks.clock import Now
from shared.events import make
from shared.events.automation import ApprovalAnswer, ApprovalFact
from shared.ids import derive_id
from shared.outbox.races import decide_and_commit
from shared.outbox.relay import EventSink
from shared.problem import Problem
from shared.secrecy.approval_links import ApprovalClaim, read_approval_token
from shared.secrecy.sealing import Seal
from shared.vocabulary import Channel

Whisper = Callable[[Channel, str, str], None]


class ApprovalPresses:
    """Takes presses, and tells those who pressed what did not count."""

    def __init__(
        self,
        requests: ApprovalRequests,
        people: People,
        sink: EventSink,
        whisper: Whisper,
        *,
        clock: Now,
        secret_key: str,
    ) -> None:
        self._requests = requests
        self._people = people
        self._sink = sink
        self._whisper = whisper
        self._clock = clock
        self._secret_key = secret_key
        self._seal = Seal(secret_key, "tocsin slack response url")

    async def take(self, press: ApprovalPress) -> None:
        """Tell automation of one press, in the name of the one person who has that Slack id."""
        now = self._clock.now()
        try:
            claim = read_approval_token(self._secret_key, press.token)
        except Problem as problem:
            self._say(press.response_url, problem.detail)
            return
        user_id = await self._people.of_slack(press.slack_user)
        if user_id is None:
            self._say(press.response_url, refusal_text(claim.locale, "unknown"))
            return
        reader = (await self._people.readers([user_id])).get(user_id, Reader(id=user_id))
        if now >= claim.until:
            self._say(press.response_url, refusal_text(reader.locale, "not_waiting"))
            return
        stamp = press.stamp or str(now.timestamp())
        subject = request_id(claim.execution_id, claim.n, claim.until)
        answer_id = derive_id(subject, str(press.approve), press.slack_user, stamp, prefix="apa_")
        if press.response_url is not None:
            await self._note(claim, PendingPress(
                answer_id=answer_id, sealed_url=self._seal.close(press.response_url.encode()), locale=reader.locale
            ))  # fmt: skip
        fact = ApprovalAnswer(
            id=answer_id,
            execution_id=claim.execution_id,
            n=claim.n,
            until=claim.until,
            approve=press.approve,
            user_id=user_id,
            via=Channel.SLACK,
            at=now,
        )
        event = make(
            "approval.given.v1",
            subject=claim.execution_id,
            sequence=int(now.timestamp() * 1000),
            time=now,
            data=fact,
            correlation=claim.execution_id,
            id=answer_id,
        )
        await self._sink.publish_events([(event.type, event.encode(), event.id)])

    def tell_refused(self, request: ApprovalRequest, fact: ApprovalFact) -> None:
        """Tell who pressed it why it did not count, once and without promise."""
        press = next((one for one in request.presses if one.answer_id == fact.answer_id), None)
        url = self._seal.open(press.sealed_url) if press is not None else None
        if press is not None and url is not None:
            self._whisper(Channel.SLACK, url.decode(), refusal_text(press.locale, fact.code))

    async def _note(self, claim: ApprovalClaim, press: PendingPress) -> None:
        """Remember where a word to who pressed it goes; of a waiting that is not known here nothing is."""
        id_ = request_id(claim.execution_id, claim.n, claim.until)

        async def commit(decided: tuple[ApprovalRequest, ApprovalRequest] | None) -> set[str]:
            if decided is None or decided[0] == decided[1]:
                return set()
            return set() if await self._requests.commit(*decided) is not None else {id_}

        async def read() -> ApprovalRequest | None:
            return await self._requests.find(id_)

        def decide(known: ApprovalRequest | None) -> tuple[ApprovalRequest, ApprovalRequest] | None:
            return (known, with_press(known, press)) if known is not None else None

        await decide_and_commit(read, decide, commit)

    def _say(self, url: str | None, text: str) -> None:
        if url is not None:
            self._whisper(Channel.SLACK, url, text)
