"""The dead letters: messages that can't be handled, each with the queue it came from and the reason.

`python -m shared.bus.dead_letters list` shows ids, queues and reasons, never bodies (they may name people);
`replay` puts them back into their queues. A message leaves the dead letters only after the broker confirmed its copy.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aio_pika.abc import AbstractIncomingMessage

from shared.bus.link import Link, broker_call
from shared.bus.publisher import Publisher
from shared.bus.topology import DEAD, DELIVERY_LIMIT, Names
from shared.events.flow import list_successors
from shared.failures import Never
from shared.settings import Settings

REASON = "x-tocsin-reason"
QUEUE = "x-tocsin-queue"
KEY = "x-tocsin-key"
KEY_DIGEST = "x-tocsin-key-digest"
"""In the place of a key, which is never kept: its SHA-256 in lower-case hexadecimal."""
AT = "x-tocsin-at"
ROUTING_KEY = "x-tocsin-routing-key"
"""Of a dead letter that was put anew: the key by which the message came first."""
COMEBACKS = "x-delivery-count"
RENEWED_AT = DELIVERY_LIMIT // 2
"""Comebacks after which one that was only looked at is put anew: RabbitMQ 4 drops a message at its limit of 20."""
_KEPT = ("x-tocsin-source", KEY_DIGEST)


async def bury(publisher: Publisher, queue: str, message: AbstractIncomingMessage, error: BaseException) -> None:
    """Put a copy with its reason among the dead letters. Raises as publishing does; the caller then acknowledges."""
    headers = _select_headers(message.headers or {})
    headers |= {
        QUEUE: queue,
        REASON: f"{type(error).__name__}: {error}"[:500],
        AT: datetime.now(UTC).isoformat(),
    }
    masked = error.kept if isinstance(error, Never) else None
    body = message.body if masked is None else masked
    await publisher.with_headers(DEAD, message.routing_key or "", body, headers, message.content_type or "")


def _select_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in headers.items() if name in _KEPT}
    key = headers.get(KEY)
    if key:
        plain = key if isinstance(key, bytes) else str(key).encode()
        kept[KEY_DIGEST] = hashlib.sha256(plain.strip()).hexdigest()
    return kept


async def visit(settings: Settings, *, replay: bool, limit: int) -> list[dict[str, Any]]:
    """Look at up to `limit` dead letters; with `replay`, put each back into the queue it came from, or into
    those that have taken over the work of one of an earlier version.

    Returns `{queue, reason, at, message_id, replayed}` for each. Those that are not replayed stay where they are.
    """
    link = Link(settings, "dead-letters")
    running = asyncio.create_task(link.run())
    publisher = Publisher(link, settings)
    of = Names(settings.namespace).of
    seen: list[dict[str, Any]] = []
    held: list[AbstractIncomingMessage] = []
    try:
        channel = await link.channel(confirms=False, seconds=15)
        async with broker_call(10):
            queue = await channel.get_queue(of(DEAD), ensure=False)
        while len(seen) < limit:
            async with broker_call(10):
                message = await queue.get(no_ack=False, fail=False)
            if message is None:
                break
            headers = message.headers or {}
            origin = origin_of(headers, settings.namespace)
            targets = list_successors(origin, _routing_key_of(message)) if origin else []
            if replay and targets:
                kept, content_type = _select_headers(headers), message.content_type or ""
                for target in targets:
                    await publisher.to_queue(target, message.body, content_type=content_type, headers=kept)
                async with broker_call(10):
                    await message.ack()
            else:
                held.append(message)
            seen.append(
                {
                    "queue": origin,
                    "reason": reason_of(headers),
                    "at": str(headers.get(AT) or ""),
                    "message_id": message.message_id,
                    "replayed": replay and bool(targets),
                }
            )
        for message in held:
            await _leave(message, publisher, settings.namespace)
    finally:
        running.cancel()
        await link.close()
    return seen


async def _leave(message: AbstractIncomingMessage, publisher: Publisher, namespace: str) -> None:
    """Put a dead letter back that was looked at; the broker counts how often it comes back."""
    headers = message.headers or {}
    if int(str(headers.get(COMEBACKS) or 0)) < RENEWED_AT:
        async with broker_call(10):
            await message.nack(requeue=True)
        return
    copied = _select_headers(headers) | {
        QUEUE: origin_of(headers, namespace),
        REASON: reason_of(headers),
        AT: str(headers.get(AT) or ""),
        ROUTING_KEY: _routing_key_of(message),
    }
    # straight into the queue: by the exchange it would be news once more
    await publisher.to_queue(
        DEAD, message.body, content_type=message.content_type or "", headers=copied, message_id=message.message_id
    )
    async with broker_call(10):
        await message.ack()


def _routing_key_of(message: AbstractIncomingMessage) -> str:
    return str((message.headers or {}).get(ROUTING_KEY) or message.routing_key or "")


def origin_of(headers: Mapping[str, Any], namespace: str) -> str:
    """The queue (its short name) that a dead letter came from, "" where nothing says so.

    What the broker itself buried (its delivery limit) tells it by its x-death header.
    """
    deaths: Any = headers.get("x-death") or [{}]
    return str(headers.get(QUEUE) or str(deaths[0].get("queue", "")).removeprefix(f"{namespace}."))


def reason_of(headers: Mapping[str, Any]) -> str:
    """Why a dead letter was buried: the class of what was raised and its words."""
    return str(headers.get(REASON) or "rejected by the broker")


def main(arguments: list[str] | None = None) -> int:
    """The command line. Exit code 0 when the dead letters could be read."""
    parser = argparse.ArgumentParser(prog="make dead-letters", description="Look at the dead letters, or replay them.")
    parser.add_argument("action", nargs="?", choices=["list", "replay"], default="list")
    parser.add_argument("--limit", type=int, default=1000)
    chosen = parser.parse_args(arguments)
    letters = asyncio.run(visit(Settings(), replay=chosen.action == "replay", limit=chosen.limit))
    for letter in letters:
        mark = "replayed" if letter["replayed"] else "dead"
        sys.stdout.write(
            f"{mark}\t{letter['queue']}\t{letter['at']}\t{letter['message_id'] or '-'}\t{letter['reason']}\n"
        )
    sys.stdout.write(f"{len(letters)} dead letter(s)\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
