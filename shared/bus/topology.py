"""Every exchange, queue and binding there is. Each process declares all of it before it publishes anything.

Queues are quorum queues whose rejected messages go to the dead letters at least once. Only the intake queues, and
that of samples, have a length limit, so that a dead consumer never holds back paging. The stream keeps every event
that names no person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel

from shared.events import CATALOGUE

EVENTS = "events"
ALERTS_IN = "alerts.in"
ALERTS_ANY = "alerts.any"
DEAD = "dead"
LOG = "log"

FIRST = ".first"
"""Suffix of the routing key of what goes ahead of any queue: the first alert of a group."""

CANARY = ".canary"
"""Suffix of the routing keys of the canary's events (`shared.canary`), which only those hear who hand it on."""

DELIVERY_LIMIT = 20
"""How often a message may come back from processes that died of it (3.10 has no limit by default, 4.x has 20)."""
DEAD_NEWS = "ingest.dead"
"""A copy of every dead letter, for ingest to find those between alert and page; full, it drops the oldest."""
INTAKE_LIMIT = 200_000
"""Messages that may wait for ingest's workers before ingest answers 503."""

SAMPLES_LIMIT = 2_000
"""Messages of samples, each of up to a megabyte, that may wait for analytics before ingest answers 503."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A service's queue: which events it is bound to, and how many messages it may hold (None: no limit)."""

    name: str
    events: tuple[str, ...] = ()
    max_length: int | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


HISTORY = ("history.imported.v1",)
"""Histories come by queues of their own: what happens now never waits behind what happened years ago."""

QUEUES: tuple[Queue, ...] = (
    Queue("ingest.intake", max_length=INTAKE_LIMIT),
    Queue("ingest.intake.first", max_length=INTAKE_LIMIT),
    Queue("ingest.raw", max_length=INTAKE_LIMIT),
    Queue(
        "ingest",
        (
            "service.changed.v1",
            "key.changed.v1",
            "incident.*.v1",
            "drill.alerted.v1",
            "prediction.changed.v1",
            "budget.changed.v1",
            "page.delivered.v1.canary",
            "replay.requested.v1",
        ),
    ),
    Queue("incident.alerts.first", ("alert.*.v1.first", "alert.opened.v1.canary")),
    Queue("incident.alerts", ("alert.*.v1",)),
    Queue("incident.lines"),
    Queue("incident.changes", ("change.recorded.v1", "incident.opened.v1")),
    Queue(
        "incident",
        (
            "escalation.changed.v1",
            "page.delivered.v1",
            "page.delivered.v1.canary",
            "page.failed.v1",
            "answer.given.v1",
            "communication.noted.v1",
            "execution.started.v1",
            "execution.waiting.v1",
            "execution.finished.v1",
            "approval.settled.v1",
            "similar.found.v1",
            "ticket.changed.v1",
            "pattern.recurred.v1",
            "budget.changed.v1",
            "drill.changed.v1",
            "user.changed.v1",
            "user.erased.v1",
            "replay.requested.v1",
        ),
    ),
    Queue(
        "oncall",
        (
            "incident.*.v1",
            "incident.*.v1.canary",
            "runbook.changed.v1",
            "service.changed.v1",
            "key.changed.v1",
            "replay.requested.v1",
        ),
    ),
    Queue("oncall.runbooks"),
    Queue("oncall.history", HISTORY),
    Queue("oncall.pages", ("page.delivered.v1", "page.failed.v1")),
    Queue("comms.pages", ("page.requested.v1", "page.requested.v1.canary")),
    Queue("comms.incidents", ("incident.*.v1", "similar.found.v1")),
    Queue("comms.history", HISTORY),
    Queue("comms.people", ("user.changed.v1", "team.changed.v1", "user.erased.v1", "replay.requested.v1")),
    Queue(
        "comms.notices",
        (
            "sla.turned.v1",
            "role.assigned.v1",
            "action.*.v1",
            "audit.made.v1",
            "notice.requested.v1",
            "drill.changed.v1",
            "stale.found.v1",
            "review.made.v1",
        ),
    ),
    Queue("comms.approvals", ("execution.waiting.v1", "approval.settled.v1")),
    Queue("comms.tickets", ("action.changed.v1",)),
    Queue(
        "automation",
        ("incident.*.v1", "service.changed.v1", "alert.*.v1", "alert.*.v1.first", "replay.requested.v1"),
    ),
    Queue("automation.history", HISTORY),
    Queue(
        "automation.approvals",
        ("approval.given.v1", "user.changed.v1", "team.changed.v1", "user.erased.v1", "replay.requested.v1"),
    ),
    Queue(
        "analytics",
        (
            "incident.*.v1",
            "service.changed.v1",
            "alert.*.v1",
            "alert.*.v1.first",
            "postmortem.changed.v1",
            "action.changed.v1",
            "runbook.changed.v1",
            "execution.finished.v1",
            "page.delivered.v1",
            "impact.changed.v1",
            "duty.recorded.v1",
            "replay.requested.v1",
        ),
    ),
    Queue("analytics.history", HISTORY),
    Queue("analytics.samples", max_length=SAMPLES_LIMIT),
    Queue("gateway", ("user.changed.v1", "team.changed.v1", "user.erased.v1", "replay.requested.v1")),
)

RETIRED: tuple[Queue, ...] = (
    Queue(
        "comms",
        (
            "incident.*.v1",
            "sla.turned.v1",
            "role.assigned.v1",
            "action.*.v1",
            "audit.made.v1",
            "user.changed.v1",
            "team.changed.v1",
            "user.erased.v1",
            "replay.requested.v1",
        ),
    ),
    Queue("comms.war_rooms", ("incident.*.v1",)),
)
"""Queues of earlier versions, with the bindings that they had: not declared any more, but emptied (`bus.retired`)."""


DEAD_NEWS_ARGUMENTS: Mapping[str, Any] = {
    "x-queue-type": "quorum",
    "x-max-length": 1000,
    "x-max-length-bytes": 50_000_000,
    "x-delivery-limit": DELIVERY_LIMIT,
}


@dataclass(frozen=True, slots=True)
class Names:
    """Prefixes every name with the namespace, so that two Tocsins can share a broker."""

    namespace: str

    def of(self, name: str) -> str:
        """The broker's name of an exchange or queue."""
        return f"{self.namespace}.{name}"


async def declare(channel: AbstractChannel, namespace: str, event_days: int) -> None:
    """Declare everything; declaring it again changes nothing."""
    of = Names(namespace).of
    dead = await channel.declare_exchange(of(DEAD), aio_pika.ExchangeType.FANOUT, durable=True)
    dead_queue = await channel.declare_queue(of(DEAD), durable=True, arguments={"x-queue-type": "quorum"})
    await dead_queue.bind(dead)
    # its own are not buried by the broker: they would come back to it
    news = await channel.declare_queue(of(DEAD_NEWS), durable=True, arguments=dict(DEAD_NEWS_ARGUMENTS))
    await news.bind(dead)
    events = await channel.declare_exchange(of(EVENTS), aio_pika.ExchangeType.TOPIC, durable=True)
    anything = await channel.declare_exchange(of(ALERTS_ANY), aio_pika.ExchangeType.FANOUT, durable=True)
    # monitoring may use any routing key: a direct exchange sends what no binding takes to its alternate
    await channel.declare_exchange(
        of(ALERTS_IN),
        aio_pika.ExchangeType.DIRECT,
        durable=True,
        arguments={"alternate-exchange": of(ALERTS_ANY)},
    )
    for queue in QUEUES:
        declared = await channel.declare_queue(of(queue.name), durable=True, arguments=_arguments(queue, of(DEAD)))
        for pattern in queue.events:
            await declared.bind(events, routing_key=pattern)
        if queue.name == "ingest.raw":
            await declared.bind(anything)
    await declare_log(channel, namespace, event_days)


async def declare_log(channel: AbstractChannel, namespace: str, event_days: int) -> None:
    """Declare the stream and what goes there; the exchange of events is there already."""
    of = Names(namespace).of
    events = await channel.get_exchange(of(EVENTS), ensure=False)
    stream = await channel.declare_queue(
        of(LOG),
        durable=True,
        arguments={
            "x-queue-type": "stream",
            "x-max-age": f"{event_days}D",
            "x-stream-max-segment-size-bytes": 50_000_000,
        },
    )
    for kind in CATALOGUE:
        if not kind.personal and kind.emitter != "any":
            await stream.bind(events, routing_key=kind.name)
            if kind.name.startswith("alert."):
                await stream.bind(events, routing_key=kind.name + FIRST)


def _arguments(queue: Queue, dead_exchange: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": dead_exchange,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-delivery-limit": DELIVERY_LIMIT,
    }
    if queue.max_length is not None:
        arguments["x-max-length"] = queue.max_length
    return arguments | queue.arguments
