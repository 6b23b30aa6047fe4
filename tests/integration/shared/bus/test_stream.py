"""The stream keeps what happened, for everybody to read again, and names nobody."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from shared.bus.stream import Kept, Offset, parse_offset, read_stream
from shared.events import CATALOGUE, Event, make
from shared.events.flow import in_stream
from shared.events.oncall import TeamFact
from shared.testing.examples import example
from shared.testing.harness import Harness, eventually

pytestmark = pytest.mark.usefixtures("log")


def team(number: int, at: datetime | None = None) -> Event:
    return make(
        "team.changed.v1",
        subject=f"team-{number}",
        sequence=1,
        time=at or datetime.now(UTC),
        data=TeamFact(id=f"team-{number}", name=f"Team {number}"),
    )


async def kept(harness: Harness, offset: Offset = "first", count: int = 0) -> list[Kept]:
    """What the stream holds from `offset` on, once it holds `count` events."""

    async def everything() -> list[Kept]:
        async with contextlib.aclosing(read_stream(harness.settings, offset, idle_seconds=0.5)) as stream:
            return [one async for one in stream]

    return await eventually(everything, until=lambda found: len(found) >= count, seconds=20)


async def test_the_stream_keeps_every_event_but_those_that_name_people(harness: Harness) -> None:
    await harness.publish(*(example(kind.name) for kind in CATALOGUE))
    expected = {kind.name for kind in CATALOGUE if in_stream(kind)}
    found = await kept(harness, count=len(expected))
    assert {one.event.type for one in found} == expected
    assert all(one.event == example(one.event.type) for one in found)
    assert not any("sara@example.org" in one.event.encode().decode() for one in found)


async def test_the_first_alert_of_a_group_is_kept_once_though_it_went_by_the_fast_lane(harness: Harness) -> None:
    event = example("alert.opened.v1")
    await harness.connect()
    await harness.publisher.publish_events([(event.type + ".first", event.encode(), event.id)])
    assert [one.event.id for one in await kept(harness, count=1)] == [event.id]


async def test_reading_begins_where_it_is_told_to(harness: Harness) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    await harness.publish(*(team(number, long_ago) for number in range(5)))
    await kept(harness, count=5)
    now = datetime.now(UTC)
    await harness.publish(*(team(number, now + timedelta(seconds=1)) for number in range(5, 10)))
    everything = await kept(harness, count=10)
    assert [one.offset for one in everything] == list(range(10))
    middle = everything[4].offset
    assert await kept(harness, middle) == everything[4:]
    assert await kept(harness, now) == everything[5:]
    assert await kept(harness, "next") == []
    assert (await kept(harness, "last"))[-1] == everything[-1]


async def test_more_events_than_the_broker_sends_ahead_come_in_order(harness: Harness) -> None:
    events = [team(number) for number in range(1_000)]
    await harness.publish(*events)
    found = await kept(harness, count=1_000)
    assert {one.event.subject for one in found} == {event.subject for event in events}
    assert [one.offset for one in found] == list(range(1_000))


async def test_what_is_no_event_any_more_is_skipped(harness: Harness) -> None:
    await harness.connect()
    await harness.publisher.publish_events([("team.changed.v1", b'{"type": "team.vanished.v1"}', "x")])
    await harness.publish(team(1))
    assert [one.event.subject for one in await kept(harness, count=1)] == ["team-1"]


async def test_the_command_prints_json_lines(harness: Harness) -> None:
    await harness.publish(*(example(kind.name) for kind in CATALOGUE))
    await kept(harness, count=sum(map(in_stream, CATALOGUE)))
    settings = harness.settings
    run = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "shared.bus.stream", "--type", "incident.*", "--limit", "3"],
        env={
            **os.environ,
            "TOCSIN_AMQP_URL": settings.amqp_url,
            "TOCSIN_NAMESPACE": settings.namespace,
        },
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(lines) == 3
    assert {line["type"].split(".")[0] for line in lines} == {"incident"}


@pytest.mark.parametrize(
    "text, offset",
    [
        pytest.param("first", "first", id="a word"),
        pytest.param("17", 17, id="an offset"),
        pytest.param("2026-03-29", datetime(2026, 3, 29, tzinfo=UTC), id="a day, in UTC"),
        pytest.param("2026-03-29T01:00:00Z", datetime(2026, 3, 29, 1, tzinfo=UTC), id="a time"),
    ],
)
def test_an_offset_is_read_as_people_write_it(text: str, offset: Offset) -> None:
    assert parse_offset(text) == offset


@pytest.mark.parametrize("text", ["", "yesterday", "-1", "1.5"])
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="isoformat"):
        parse_offset(text)
