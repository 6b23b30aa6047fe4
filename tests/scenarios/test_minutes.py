"""What takes a minute in real life, on a stack of its own whose clock is pushed forward."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.local.stack import Stack
from shared.testing.harness import eventually
from shared.testing.mail_sink import MailSink
from shared.testing.peers.alertmanager import Alertmanager, telling
from shared.testing.peers.jira import JiraServer
from shared.testing.peers.prometheus import Prometheus, alerting
from tests.scenarios.test_firing_again import SUMMARY, labels, next_page
from tests.scenarios.test_jira import assigned, becomes, jira, moves, project
from tests.scenarios.world import World

__all__ = ["jira", "project"]

MINUTE_SECONDS = 61
SEEN_SECONDS = 0.2
"""After so long every process knows how late it is."""
SILENT: dict[str, Any] = {}
"""What a Prometheus is told that can't reach its Alertmanager."""


class Clock:
    """The stack's clock, which goes forward only."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._seconds = 0

    async def forward(self, seconds: int) -> None:
        self._seconds += seconds
        self.file.write_text(str(self._seconds))
        await asyncio.sleep(SEEN_SECONDS)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    return Clock(tmp_path_factory.mktemp("minutes") / "clock")


@pytest.fixture(scope="module")
def stack(clock: Clock, mail: MailSink) -> Iterator[Stack]:
    """In place of the one that the other scenarios share."""
    env = {"TOCSIN_OUTBOUND_ALLOW": "127.0.0.0/8", "TOCSIN_SMTP_URL": mail.url}
    env |= {"TOCSIN_ENV": "test", "TOCSIN_TEST_CLOCK": str(clock.file)}
    with Stack(clock.file.parent / "run", env=env) as running:
        yield running


async def test_a_webhook_that_never_came_is_healed(
    world: World, jira: JiraServer, project: dict[str, Any], clock: Clock
) -> None:
    """An issue is looked at a minute after it was made, and then every minute."""
    action_id, issue = await assigned(world, jira)
    issue.status = "Done"
    await clock.forward(MINUTE_SECONDS)
    await becomes(world, action_id, state="done", seconds=30)
    assert moves(jira) == 0


async def test_a_rehearsal_is_what_the_engine_then_does(world: World, clock: Clock) -> None:
    """The same people, by the same methods, at the same seconds; and nothing of the rehearsal is left."""
    sara = await world.engineer("sara", after={"webhook": 45})
    mona = await world.engineer("mona", ("email",))
    schedule = await world.weekly(sara)
    empty = world.named("empty")
    await world.post("/schedules", {"id": empty, "name": "Empty", "time_zone": "UTC", "layers": []})
    policy = await world.policy((schedule, 90), (empty, 60), (mona, 60), repeat=1)
    service = await world.service(policy)
    alert = world.alert(service)
    rehearsed = await eventually(
        lambda: world.post("/rehearsals", {"alert": alert}),
        until=lambda found: found["incidents"][0]["service_id"] == service,
    )
    assert [(one["becomes"], one["grouped"], one["incident"]) for one in rehearsed["alerts"]] == [
        ("open_new", "no_group", 0)
    ]
    (would_be,) = rehearsed["incidents"]
    assert (would_be["incident_id"], would_be["policy_id"], would_be["ends"]) == (None, policy, "exhausted")
    assert await world.incidents(service) == []
    assert [*sara.mails(), *sara.posts(), *mona.mails()] == []

    await world.fire(service)
    incident = (await world.incident(service))["id"]
    for seconds in (45, 45, 60, 45, 45, 60):
        await clock.forward(seconds)
        await asyncio.sleep(1)
    wanted = len(rehearsed["pages"])
    pages = await world.until_pages(incident, lambda found: len(found) == wanted, seconds=20)

    def steps(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        names = ("step", "round", "user_id", "method_id", "channel", "reason", "urgency")
        return sorted(tuple(one[name] for name in names) for one in found)

    assert steps(pages) == steps(rehearsed["pages"])
    began = min(datetime.fromisoformat(one["requested_at"]) for one in pages)
    late = {
        (one["user_id"], one["method_id"], one["round"]): (
            datetime.fromisoformat(one["requested_at"]) - began
        ).total_seconds()
        for one in pages
    }
    for one in rehearsed["pages"]:
        key = (one["user_id"], one["method_id"], one["round"])
        assert 0 <= late[key] - one["after_seconds"] < 10, f"{key} came {late[key]} s after the first page"
    again = await world.post("/rehearsals", {"incident": incident, "at": rehearsed["at"]})
    assert steps(again["pages"]) == steps(rehearsed["pages"])
    joins = await world.post("/rehearsals", {"alert": world.alert(service, "another")})
    assert joins["alerts"][0]["becomes"] == "open_new", "its window passed meanwhile"


async def test_an_alertmanager_that_was_cut_off_from_its_prometheus_and_is_heard_again(
    world: World, real_alertmanager: None, real_prometheus: None, clock: Clock
) -> None:
    """It says resolved by itself, then firing with the same start, once: nobody's outage is missed."""
    engineer, _, service = await world.on_call_team()
    key = (await world.integration("alertmanager"))["key"]
    hook = telling(str(world.api.base_url.join("/incidents/webhook")), key)
    with await asyncio.to_thread(Alertmanager, hook) as alertmanager:
        told = alerting(alertmanager.url, "none")
        peer = await asyncio.to_thread(Prometheus, told, labels(service), {"summary": SUMMARY})
        with peer as prometheus:
            await asyncio.to_thread(prometheus.fire)
            first = await next_page(engineer, seconds=20)

            await asyncio.to_thread(prometheus.tell, SILENT)
            await world.becomes(first, "resolved", seconds=30)
            (alert,) = await world.alerts(service=service)
            await asyncio.to_thread(prometheus.tell, told)
            await eventually(
                lambda: world.alerts(service=service),
                until=lambda found: found[0]["held_until"] is not None,
                seconds=30,
            )
            assert len(engineer.posts()) == 1, "it may be a late copy, for a minute"
            await clock.forward(MINUTE_SECONDS)

            second = await next_page(engineer, first, seconds=20)
            newest, ended = await world.alerts(service=service)
            assert (newest["incident_id"], newest["status"], ended["id"]) == (second, "firing", alert["id"])
            assert newest["starts_at"] == alert["starts_at"]

            await asyncio.to_thread(prometheus.resolve)
            await world.becomes(second, "resolved", seconds=30)
