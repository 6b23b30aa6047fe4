"""Publishing: persistent, confirmed, timed. Nothing counts as published before the broker said so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import aiormq
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import DeliveryError
from pamqp.commands import Basic

from shared.bus.link import Link, broker_call
from shared.bus.topology import EVENTS, Names
from shared.events import Event
from shared.settings import Settings
from shared.telemetry.metrics import PUBLISH_FAILURES, PUBLISHED

PUBLISH_SECONDS = 4.0


class Refused(ConnectionError):
    """The broker did not take the message: its queue is full, or it could not store it."""


class Publisher:
    """One channel with confirms; opened again when it breaks."""

    def __init__(self, link: Link, settings: Settings) -> None:
        self._link = link
        self._names = Names(settings.namespace)
        self._channel: AbstractChannel | None = None
        self._opening = asyncio.Lock()

    async def ready(self, seconds: float) -> None:
        """Return when the broker answers. Raises `ConnectionError` when it does not so within `seconds`."""
        deadline = time.monotonic() + seconds
        while not self._link.is_up:
            if time.monotonic() >= deadline:
                raise ConnectionError("the broker does not answer")
            await asyncio.sleep(0.02)

    async def publish_events(self, events: Sequence[tuple[str, bytes, str]]) -> None:
        """Publish (routing key, body, message id) triples to the events exchange; return when all are confirmed.

        Raises `ConnectionError` or `TimeoutError` when one is not; then some may have been published.
        """
        await self.publish_all(
            EVENTS, [(key, body, {"message_id": name}) for key, body, name in events], Event.CONTENT_TYPE
        )

    async def to_queue(
        self,
        queue: str,
        body: bytes,
        *,
        content_type: str = Event.CONTENT_TYPE,
        headers: Mapping[str, Any] | None = None,
        message_id: str | None = None,
    ) -> None:
        """Put one message straight into a queue (its short name). Raises as `publish_events`; `Refused` when full."""
        properties: dict[str, Any] = {"headers": dict(headers)} if headers else {}
        if message_id:
            properties["message_id"] = message_id
        await self._publish("", self._names.of(queue), body, properties, content_type, mandatory=True)

    async def with_headers(
        self, exchange: str, key: str, body: bytes, headers: Mapping[str, Any], content_type: str
    ) -> None:
        """Publish one message with headers to an exchange (its short name). Raises as `publish_events`."""
        await self._publish(self._names.of(exchange), key, body, {"headers": dict(headers)}, content_type)

    async def publish_all(
        self,
        exchange: str,
        messages: Sequence[tuple[str, bytes, Mapping[str, Any]]],
        content_type: str,
    ) -> None:
        """Publish (routing key, body, properties) to an exchange (its short name), concurrently. Raises as above."""
        await self._publish_many(self._names.of(exchange), messages, content_type)

    async def all_to_queue(self, queue: str, bodies: Sequence[bytes]) -> None:
        """Put events straight into a queue (its short name), concurrently. Raises as `publish_events`."""
        name = self._names.of(queue)
        await self._publish_many("", [(name, body, {}) for body in bodies], Event.CONTENT_TYPE, mandatory=True)

    async def _publish_many(
        self,
        exchange: str,
        messages: Sequence[tuple[str, bytes, Mapping[str, Any]]],
        content_type: str,
        *,
        mandatory: bool = False,
    ) -> None:
        if len(messages) == 1:
            key, body, properties = messages[0]
            await self._publish(exchange, key, body, properties, content_type, mandatory=mandatory)
            return
        try:
            async with asyncio.TaskGroup() as tasks:
                for key, body, properties in messages:
                    tasks.create_task(self._publish(exchange, key, body, properties, content_type, mandatory=mandatory))
        except* (ConnectionError, TimeoutError) as group:
            raise ConnectionError(f"{len(group.exceptions)} of {len(messages)} messages were not confirmed") from group

    async def _publish(
        self,
        exchange: str,
        key: str,
        body: bytes,
        properties: Mapping[str, Any],
        content_type: str,
        *,
        mandatory: bool = False,
    ) -> None:
        try:
            async with broker_call(PUBLISH_SECONDS):
                channel = await self._open()
                underlay = await channel.get_underlay_channel()
                confirmation = await underlay.basic_publish(
                    body,
                    exchange=exchange,
                    routing_key=key,
                    properties=aiormq.spec.Basic.Properties(
                        content_type=content_type, delivery_mode=2, **dict(properties)
                    ),
                    mandatory=mandatory,
                )
            if not isinstance(confirmation, Basic.Ack):
                raise Refused(f"the broker answered {type(confirmation).__name__}")
        except DeliveryError as error:
            PUBLISH_FAILURES.labels(exchange).inc()
            raise Refused("the broker refused the message: its queue is full or missing") from error
        except (ConnectionError, TimeoutError):
            PUBLISH_FAILURES.labels(exchange).inc()
            self._channel = None
            raise
        self._link.note_answer()
        PUBLISHED.labels(exchange).inc()

    async def _open(self) -> AbstractChannel:
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                self._channel = await self._link.channel(confirms=True, seconds=PUBLISH_SECONDS)
            return self._channel
