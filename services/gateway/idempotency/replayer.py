"""Carries a request under an idempotency key out once, and gives its answer again to who asks again.

The answer is stored before it is sent, so whoever has seen it sees the same one next time, at any replica.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Send

from services.gateway.idempotency.idempotency import (
    MAX_ANSWER_BYTES,
    REPLAYED,
    Answer,
    Claim,
    ClaimVerdict,
    claim_of,
    claim_refusal,
    is_kept,
    judge_claim,
    select_headers,
)
from services.gateway.idempotency.store import AnswerStore
from shared.clocks.clock import Now
from shared.failures import is_dependency_failure
from shared.ids import fresh
from shared.process.logs import get_logger

STORE_SECONDS = 2.0
_TRIES = 3

Exchange = Callable[[Send], Awaitable[None]]

log = get_logger(__name__)


class Replayer:
    """Answers requests that were answered before as they were, and keeps the answers to all others."""

    def __init__(self, store: AnswerStore, clock: Now) -> None:
        self._store = store
        self._clock = clock

    def claim(self, api_key_id: str, key: str, method: str, target: bytes, body: bytes) -> Claim:
        """The claim of a request that comes now under this idempotency key; `target` is path and query."""
        return claim_of(api_key_id, key, method=method, target=target, body=body, holder=fresh(), now=self._clock.now())

    async def answer(self, claim: Claim, exchange: Exchange, send: Send, *, must_pass: bool) -> None:
        """Answer a request by `exchange` or from what is kept.

        With `must_pass` the request goes through although the database does not answer; else that raises what the
        driver raises. Raises a 409 `Problem` as `idempotency.claim_refusal`, and what the exchange raises.
        """
        try:
            async with asyncio.timeout(STORE_SECONDS):
                kept = await self._claim(claim)
        except Exception as error:
            if not must_pass or not is_dependency_failure(error):
                raise
            await exchange(send)
            return
        if kept is not None:
            await _repeat(send, kept)
            return
        await self._carry_out(claim, exchange, send)

    async def _claim(self, claim: Claim) -> Answer | None:
        """The answer that is kept; None when the request is ours to carry out."""
        for _ in range(_TRIES):
            if await self._store.claim(claim):
                return None
            stored = await self._store.get(claim.id)
            verdict = judge_claim(claim, stored, self._clock.now())
            if verdict is ClaimVerdict.REPLAY and stored is not None:
                return stored.answer
            if verdict is not ClaimVerdict.CARRY_OUT:
                raise claim_refusal(verdict)
            if stored is not None and await self._store.take_over(claim, stored.holder):
                return None
        raise claim_refusal(ClaimVerdict.UNDER_WAY)

    async def _carry_out(self, claim: Claim, exchange: Exchange, send: Send) -> None:
        caught = _HeldAnswer(send)
        try:
            await exchange(caught)
        except Exception:
            await self._settle(self._store.give_back(claim))
            raise
        answer = caught.answer
        if answer is None or not is_kept(answer.status):
            await self._settle(self._store.give_back(claim))
        else:
            kept = Answer(answer.status, select_headers(answer.headers), answer.body)
            await self._settle(self._store.answer(claim, kept))
        await caught.release()

    async def _settle(self, write: Awaitable[None]) -> None:
        """Done or not, the answer goes out: without this write the claim ends by itself."""
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await write
        except Exception as error:
            if not is_dependency_failure(error):
                raise
            log.warning("an answer under an idempotency key is not kept", error=repr(error)[:200])


class _HeldAnswer:
    """Holds an answer back until it is whole; one that is too long passes through."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: list[Message] = []
        self._size = 0
        self._passes = False

    async def __call__(self, message: Message) -> None:
        self._held.append(message)
        self._size += len(message.get("body", b""))
        if self._size > MAX_ANSWER_BYTES:
            self._passes = True
        if self._passes:
            await self.release()

    @property
    def answer(self) -> Answer | None:
        """The whole answer; None when it passed through."""
        if self._passes or not self._held:
            return None
        start = self._held[0]
        body = b"".join(message.get("body", b"") for message in self._held[1:])
        return Answer(start["status"], list(start.get("headers", ())), body)

    async def release(self) -> None:
        """Send on what is held."""
        held, self._held = self._held, []
        for message in held:
            await self._send(message)


async def _repeat(send: Send, answer: Answer) -> None:
    length = [(b"content-length", str(len(answer.body)).encode())] if answer.status != 204 else []
    headers = [*answer.headers, *length, REPLAYED]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
