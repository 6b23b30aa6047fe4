"""How a process watches its database: any answer counts, and only a silent one is asked whether it is there."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator

import pytest

from shared.clocks.clock import Clock
from shared.mongo import Database
from shared.settings import Settings
from shared.testing.harness import eventually
from tests.integration.counting import counted

pytestmark = pytest.mark.integration


def asked() -> float:
    return counted("tocsin_database_commands_total", collection="", command="hello")


@pytest.fixture
async def database(parts: Settings) -> AsyncIterator[Database]:
    """Watched, and asked when it was silent for a fifth of a second."""
    one = Database(parts.model_copy(update={"namespace": f"t{secrets.token_hex(5)}"}), "comms", Clock(None))
    one.watch_seconds = one.again_seconds = 0.2
    await one.wait()
    watching = asyncio.create_task(one.watch())
    yield one
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    await one.close()


async def test_while_others_ask_it_the_database_is_not_asked_whether_it_is_there(database: Database) -> None:
    before = asked()
    for _ in range(40):
        await database.collection("things").find_one({"_id": "none"})
        await asyncio.sleep(0.01)
    assert asked() - before <= 1, "only a moment of silence, on a busy machine, is a reason to ask"
    assert database.is_ready


async def test_a_silent_database_is_asked(database: Database) -> None:
    before = asked()
    await eventually(lambda: asked() >= before + 2, seconds=10)
    assert database.is_ready


async def test_a_clock_that_was_put_back_or_forward_is_a_reason_to_ask(database: Database) -> None:
    database.watch_seconds = 60
    await database.synchronise()
    assert not database.is_to_be_asked
    database.ahead_seconds += 2  # as if our clock had been put back by so much since
    assert database.is_to_be_asked
