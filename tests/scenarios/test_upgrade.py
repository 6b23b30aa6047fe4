"""An earlier version is stopped in the middle of its work, and this one goes on with it on the same run directory.

What is stored is read; what waits is handled once, in the old queue of comms too, which is gone afterwards. In a copy
without the history, where no earlier version can be had, the run says so and leaves this out (`conftest.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aio_pika
import pytest

from deploy.local import record
from deploy.local.stack import Stack
from shared.testing.harness import eventually
from shared.testing.mail_sink import MailSink
from shared.testing.webhook_sink import WebhookSink
from tests.scenarios.earlier_tree import unpack
from tests.scenarios.world import Person, World, world_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

OLD = "comms"
STEP_SECONDS = 30
"""The first step's time: the second one falls due about when this version runs."""


class Broker:
    """The queues of the stack's own broker."""

    def __init__(self, connection: aio_pika.abc.AbstractConnection) -> None:
        self._connection = connection

    async def depth(self, queue: str) -> int | None:
        """How many messages wait in it; None when there is no such queue."""
        channel = await self._connection.channel()
        try:
            found = await channel.get_queue(f"tocsin.{queue}", ensure=True)
        except aio_pika.exceptions.ChannelNotFoundEntity:
            return None
        await channel.close()
        return found.declaration_result.message_count or 0


@asynccontextmanager
async def broker_of(stack: Stack) -> AsyncIterator[Broker]:
    started = record.read(stack.run_dir)
    assert started is not None
    async with await aio_pika.connect(started.environ["TOCSIN_AMQP_URL"]) as connection:
        yield Broker(connection)


class Team:
    """An engineer, the manager after them, and three services, whose incidents are at three points of their way."""

    def __init__(self, world: World, engineer: Person, manager: Person, services: list[str]) -> None:
        self.world = world
        self.engineer, self.manager = engineer, manager
        self.paged, self.to_be_paged, self.to_be_opened = services

    def pages(self, person: Person, incident: str, step: int) -> int:
        """How often this person was told of this step of the incident."""
        said = [post.json() for post in person.posts()]
        return sum(one["incident"]["id"] == incident and one["step"] == step for one in said)


async def team_of(world: World) -> Team:
    engineer, manager = await world.engineer("sara", ["webhook"]), await world.engineer("mona", ["webhook"])
    policy = await world.policy((engineer, STEP_SECONDS), (manager, 600))
    return Team(world, engineer, manager, [await world.service(policy, name) for name in ("web", "search", "mail")])


async def leave_work(stack: Stack, team: Team) -> tuple[str, str]:
    """Have one incident paged, one whose page waits and one whose alert waits; the ids of the first two.

    The supervisor goes first, so that nobody starts again what is killed.
    """
    world = team.world
    await world.fire(team.paged)
    paged = await world.incident(team.paged)
    await team.engineer.paged()
    await world.until_pages(paged["id"], lambda pages: any(page["state"] == "delivered" for page in pages))
    stack.kill("supervisor")
    async with broker_of(stack) as broker:
        stack.kill("comms")
        await world.fire(team.to_be_paged, "heap")
        to_be_paged = await world.incident(team.to_be_paged)
        await world.post(f"/incidents/{paged['id']}/roles", {"role": "commander", "user_id": team.manager.id})
        await eventually(lambda: broker.depth("comms.pages"), until=lambda depth: depth == 1)
        await eventually(lambda: broker.depth(OLD), until=lambda depth: (depth or 0) >= 2)
        stack.kill("incident")
        await world.fire(team.to_be_opened, "queue")
        await eventually(lambda: broker.depth("incident.alerts.first"), until=lambda depth: depth == 1)
    return paged["id"], to_be_paged["id"]


async def test_the_version_before_is_upgraded_with_alerts_open_and_messages_waiting(
    tmp_path: Path, mail: MailSink, hooks: WebhookSink
) -> None:
    env = {"TOCSIN_OUTBOUND_ALLOW": "127.0.0.0/8", "TOCSIN_SMTP_URL": mail.url}
    with Stack(tmp_path / "run", env=env, root=unpack(tmp_path / "earlier")) as before:
        async with world_of(before, mail, hooks) as world:
            team = await team_of(world)
            paged, to_be_paged = await leave_work(before, team)
    assert team.manager.posts() == [], "the second step came due too early for this test to say anything"
    assert mail.to(team.manager.address) == []

    with Stack(tmp_path / "run", before.settings.http_port, env=env) as now:
        async with world_of(now, mail, hooks) as team.world, broker_of(now) as broker:
            await eventually(lambda: team.pages(team.manager, paged, 2), seconds=STEP_SECONDS + 20)
            await eventually(lambda: team.pages(team.engineer, to_be_paged, 1), seconds=20)
            opened = await team.world.incident(team.to_be_opened, seconds=20)
            await eventually(lambda: team.pages(team.engineer, opened["id"], 1), seconds=20)
            await eventually(lambda: mail.to(team.manager.address), seconds=20)
            await eventually(lambda: broker.depth(OLD), until=lambda depth: depth is None, seconds=60)

            open_ones = [(await team.world.get(f"/incidents/{one}"))["status"] for one in (paged, to_be_paged)]
            assert open_ones == ["triggered", "triggered"]
            assert [len(await team.world.alerts(service=one)) for one in (team.paged, team.to_be_paged)] == [1, 1]
            assert [await broker.depth(queue) for queue in ("dead", "comms.pages", "incident.alerts.first")] == [0] * 3
            assert team.pages(team.manager, paged, 2) == 1
            assert [team.pages(team.engineer, one, 1) for one in (paged, to_be_paged, opened["id"])] == [1, 1, 1]
            assert [one.subject.startswith("You are now ") for one in mail.to(team.manager.address)] == [True]
