"""`GET /incidents/stale` before services that answer, hang, or break: the silent are named."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from services.gateway.stale.asking import SECONDS
from tests.integration.gateway.test_gateway import Town, limits, town
from tests.integration.gateway_upstream import Misbehave, Writer

__all__ = ["limits", "town"]

pytestmark = pytest.mark.integration

PATH = "/incidents/stale"


def item(number: int) -> dict[str, Any]:
    """Forgotten since then; the larger the later."""
    return {
        "kind": "untouched",
        "subject": f"INC-{number}",
        "title": "disk",
        "since": f"2026-11-0{number}T00:00:00Z",
        "owner": "sara",
        "action": "look",
        "method": "POST",
        "path": f"/incidents/INC-{number}/resolve",
    }


def says(*items: dict[str, Any], status: str = "200 OK") -> Misbehave:
    """The service answers with these."""

    async def answer(writer: Writer) -> None:
        body = json.dumps({"items": items}).encode()
        writer.write(
            f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        await writer.drain()

    return answer


async def hangs(writer: Writer) -> None:
    await asyncio.sleep(2 * SECONDS)
    writer.close()


async def test_who_is_silent_is_named_and_the_others_parts_are_there(town: Town) -> None:
    for one in town.upstreams["incident"]:
        one.misbehave.append(says(item(2)))
    town.upstreams["comms"][0].misbehave.append(hangs)
    town.upstreams["oncall"][0].misbehave.append(says(status="500 Internal Server Error"))
    town.upstreams["automation"][0].misbehave.append(says(item(1)))
    began = time.monotonic()
    answer = await town.client().get(PATH)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["unanswered"], time.monotonic() - began < 3 * SECONDS) == (["oncall", "comms"], True)
    assert [one["subject"] for one in found["items"]] == ["INC-1", "INC-2"]


async def test_what_answers_nonsense_is_named_too(town: Town) -> None:
    town.upstreams["comms"][0].misbehave.append(says({"kind": "untouched"}))
    assert (await town.client().get(PATH)).json()["unanswered"] == ["comms"]


async def test_the_second_page_goes_on_where_the_first_ended(town: Town) -> None:
    async def page(**query: Any) -> dict[str, Any]:
        town.upstreams["comms"][0].misbehave.append(says(item(3), item(1)))
        town.upstreams["automation"][0].misbehave.append(says(item(2), item(4)))
        found: dict[str, Any] = (await town.client().get(PATH, params=query)).json()
        return found

    first = await page(limit=3)
    second = await page(limit=3, cursor=first["next_cursor"])
    subjects = [[one["subject"] for one in found["items"]] for found in (first, second)]
    assert subjects == [["INC-1", "INC-2", "INC-3"], ["INC-4"]]
    assert second["next_cursor"] is None
    whole = await page(limit=4)
    assert (len(whole["items"]), whole["next_cursor"]) == (4, None)
