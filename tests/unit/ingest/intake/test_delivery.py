"""Bodies come in as far as there is room for them: their bytes while they come, and what reading them takes."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator, Sequence

import pytest
from fastapi import Request
from starlette.types import Message

from services.ingest.intake.api.delivery import HttpIntake
from services.ingest.intake.reading_room import BIG_ROOM, SHORT, WAITING_ROOM, ReadingRoom
from services.ingest.intake.rejected_bodies import RejectedBodies
from services.ingest.intake.store import KEPT_BYTES, Malformed
from shared.callers.identity import Identity
from shared.clocks.clock import Clock
from shared.problem import Problem
from shared.vocabulary import Role

pytestmark = pytest.mark.unit

TOOL = Identity(key_id="k", name="k", role=Role.INTEGRATION)
LONG = b"[" + b" " * SHORT + b"]"


def request(*parts: bytes, **headers: str) -> Request:
    """One that sends its body in these parts."""
    messages: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        return messages.pop(0)

    pairs: Sequence[tuple[bytes, bytes]] = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": pairs}, receive)


@pytest.fixture
async def room() -> AsyncIterator[ReadingRoom]:
    one = ReadingRoom()
    yield one
    assert one.waiting == 0, "whatever came is forgotten"
    async with one.seat(BIG_ROOM, patience=0.01):
        pass


@pytest.fixture
def http_intake(room: ReadingRoom) -> HttpIntake:
    return HttpIntake(None, None, room, Clock())  # type: ignore[arg-type]


async def test_a_body_that_came_in_parts_is_there_until_it_was_read(room: ReadingRoom, http_intake: HttpIntake) -> None:
    async with http_intake.take(request(b"[1,", b"2]"), TOOL, None) as delivery:
        assert (delivery.content(), room.waiting) == (b"[1,2]", 5)


async def test_a_long_body_is_told_to_come_again_while_too_many_wait(
    room: ReadingRoom, http_intake: HttpIntake
) -> None:
    with room.coming() as others:
        others.add(WAITING_ROOM)
        with pytest.raises(Problem) as refused:
            async with http_intake.take(request(LONG), TOOL, None):
                pass
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "2"})
        async with http_intake.take(request(b"[]"), TOOL, None) as delivery:
            assert delivery.content() == b"[]"
    async with http_intake.take(request(LONG), TOOL, None) as delivery:
        assert delivery.content() == LONG


class Shelf:
    """Where bodies are kept."""

    def __init__(self) -> None:
        self.kept: asyncio.Queue[Malformed] = asyncio.Queue()

    async def keep(self, one: Malformed) -> None:
        await self.kept.put(one)


async def test_of_a_refused_body_only_what_is_kept_waits_for_the_database(room: ReadingRoom) -> None:
    shelf = Shelf()
    rejected = RejectedBodies(shelf)  # type: ignore[arg-type]
    whole = b'{"routing_key": "0123", ' + b"x" * 100_000
    http_intake = HttpIntake(None, rejected, room, Clock())  # type: ignore[arg-type]
    async with http_intake.take(request(whole), TOOL, None) as delivery:
        http_intake.keep(delivery, "no JSON")
    writing = asyncio.create_task(rejected.run())
    one = await asyncio.wait_for(shelf.kept.get(), 5)
    writing.cancel()
    assert (one.size, len(one.body) < KEPT_BYTES) == (len(whole), True)
    assert one.body.startswith(b'{"routing_key": "***", xxx')
    assert one.digest == hashlib.sha256(whole).digest()


async def test_a_packed_body_waits_for_what_will_come_out_of_it(room: ReadingRoom, http_intake: HttpIntake) -> None:
    """It is small, and has the room of the largest once it is unpacked: so two of them are never there at once."""
    whole = b"[" + b"{}," * 2_000_000 + b"{}]"
    packed = {"content-encoding": "gzip"}
    async with http_intake.take(request(gzip.compress(whole), **packed), TOOL, None) as delivery:
        assert delivery.content() == whole
        with pytest.raises(Problem, match="send this one again"):
            async with room.seat(BIG_ROOM, patience=0.01):
                pass
