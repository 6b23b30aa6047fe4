"""News that come soon one after the other are heard with a pause between, a lone one at once."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from services.incident.handlers import spaced
from shared.bus.consumer import Delivery
from shared.events import Event

PAUSE = 0.1


async def test_what_comes_alone_is_heard_at_once_and_what_follows_after_a_pause() -> None:
    heard: list[float] = []

    async def hear(_: Sequence[Delivery[Event]]) -> None:
        heard.append(time.monotonic())

    hearing = spaced(hear, PAUSE)
    began = time.monotonic()
    await hearing([])
    await hearing([])
    assert heard[1] - heard[0] >= PAUSE
    assert heard[0] - began < heard[1] - heard[0]


async def test_what_fails_is_a_batch_too_and_its_failure_is_told() -> None:
    heard: list[float] = []

    async def hear(_: Sequence[Delivery[Event]]) -> None:
        heard.append(time.monotonic())
        if len(heard) == 1:
            raise ConnectionError("away")

    hearing = spaced(hear, PAUSE)
    with pytest.raises(ConnectionError):
        await hearing([])
    await hearing([])
    assert heard[1] - heard[0] >= PAUSE
