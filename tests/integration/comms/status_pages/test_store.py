"""What status pages ask the database, and what is shown while it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from services.comms.incident_copies.store import INCIDENTS, IncidentCopies
from services.comms.status_pages.public.cache import PublicCopies
from services.comms.status_pages.public.response import Answer
from services.comms.status_pages.store import PAGES, PERIODS, POSTS, StatusPages
from services.comms.status_pages.subscribers.store import MAILINGS, SUBSCRIBERS, Subscribers
from shared.mongo import Database
from shared.settings import Settings
from shared.testing.plans import is_indexed
from tests.integration.idle import idle, make_indexes

pytestmark = pytest.mark.integration

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def database(apart: Settings) -> AsyncIterator[Database]:
    async with idle("comms", apart) as runtime:
        for store in (IncidentCopies, StatusPages, Subscribers):
            store(runtime)
        await make_indexes(runtime)
        yield runtime.database


@pytest.mark.parametrize(
    "collection, query",
    [
        pytest.param(PAGES, {"due_at": {"$lte": LONG_AGO}}, id="what moves by itself"),
        pytest.param(POSTS, {"page": "sp_1", "shown_at": {"$gte": LONG_AGO}}, id="the history"),
        pytest.param(PERIODS, {"page": "sp_1", "end": {"$gte": LONG_AGO}}, id="impact periods"),
        pytest.param(SUBSCRIBERS, {"page": "sp_1", "place": {"$gt": ""}}, id="who is subscribed"),
        pytest.param(MAILINGS, {"due_at": {"$lte": LONG_AGO}}, id="what is to be mailed"),
        pytest.param(
            INCIDENTS,
            {"data.service_id": {"$in": ["a", "b"]}, "data.status": {"$in": ["triggered", "identified"]}},
            id="open incidents of services",
        ),
    ],
)
async def test_each_question_is_answered_by_an_index(
    database: Database, collection: str, query: dict[str, Any]
) -> None:
    assert await is_indexed(database.collection(collection), query)


def _says(body: bytes) -> Answer:
    return Answer(body, "text/html")


async def test_a_page_is_shown_from_memory_while_the_database_is_down() -> None:
    copies = PublicCopies()
    good = True

    async def make() -> Answer | None:
        if not good:
            raise AutoReconnect("the database is down")
        return _says(b"good")

    assert await copies.answer("acme", "", make) == _says(b"good")
    good = False
    copies.invalidate("acme")
    answers = await asyncio.gather(*(copies.answer("acme", "", make) for _ in range(10)))
    assert answers == [_says(b"good")] * 10
    with pytest.raises(AutoReconnect):
        await copies.answer("other", "", make)


async def test_a_page_that_was_changed_is_made_again_at_once_and_once() -> None:
    copies = PublicCopies()
    made = 0

    async def make() -> Answer | None:
        nonlocal made
        made += 1
        await asyncio.sleep(0.01)
        return _says(b"%d" % made)

    await asyncio.gather(*(copies.answer("acme", "", make) for _ in range(10)))
    assert made == 1
    copies.invalidate("acme")
    assert await copies.answer("acme", "", make) == _says(b"2")


async def test_a_page_that_was_taken_off_is_forgotten() -> None:
    copies = PublicCopies()
    answers: list[Answer | None] = [_says(b"good"), None]

    async def make() -> Answer | None:
        return answers.pop(0)

    await copies.answer("acme", "", make)
    copies.invalidate("acme")
    assert await copies.answer("acme", "", make) is None


async def test_copies_are_bounded() -> None:
    copies = PublicCopies(most_bytes=100)
    made: list[str] = []

    async def ask(what: str) -> None:
        async def make() -> Answer | None:
            made.append(what)
            return _says(b"x" * 40)

        await copies.answer("acme", what, make)

    for what in ("a", "b", "c", "c", "a"):
        await ask(what)
    assert made == ["a", "b", "c", "a"]
