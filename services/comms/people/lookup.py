"""Waits for people of whom nothing was told here yet: news of them comes by another queue than what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from services.comms.people.store.people import People

WAIT_SECONDS = 2.0
PAUSE_SECONDS = 0.05


async def wait_for_people(people: People, user_ids: Collection[str]) -> None:
    """Return when something is known of each of these people, at the latest after two seconds."""
    left = set(user_ids)
    for _ in range(int(WAIT_SECONDS / PAUSE_SECONDS)):
        left -= await people.known(sorted(left))
        if not left:
            return
        await asyncio.sleep(PAUSE_SECONDS)
