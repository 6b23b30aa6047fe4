"""The stream: every event that names nobody, kept for `TOCSIN_EVENT_DAYS`, to be read again from any point.

It is a shortcut, not the truth: what is older, or lost with the broker, comes from the owners (`shared.copies.replay`).
`python -m shared.bus.stream --from 2026-03-29T01:00:00Z --type 'incident.*'` prints events as JSON lines.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal

import structlog
from aio_pika.abc import AbstractIncomingMessage

from shared.bus.link import Link, broker_call
from shared.bus.topology import LOG, Names
from shared.events import Event, Undecodable, read
from shared.process.logs import get_logger
from shared.settings import Settings

PREFETCH = 200
SILENT_SECONDS = 20.0
"""After so long without an event a reader that waits looks whether the stream is still the one that it read."""
VERIFY_SECONDS = 10.0
CONNECT_SECONDS = 15.0
_CLOCK_MARGIN = timedelta(seconds=5)

Offset = Literal["first", "last", "next"] | int | datetime
"""Where to begin: the oldest event, the broker's last chunk, what comes from now on, an event's offset, or a time."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """An event of the stream and its place in it."""

    offset: int
    event: Event


class StreamLost(Exception):
    """The broker's stream is not the one that was read before: it lost its data, and offsets begin anew."""


async def read_stream(
    settings: Settings,
    offset: Offset = "first",
    *,
    idle_seconds: float | None = 1.0,
    silent_seconds: float = SILENT_SECONDS,
    after: Kept | None = None,
) -> AsyncGenerator[Kept, None]:
    """The events of the stream from `offset` on, oldest first; close the generator when done before its end.

    Ends when nothing came for `idle_seconds`; None goes on for ever. A broken link is followed by a new one that goes
    on where this one stopped, behind the last event, and so is a silence of `silent_seconds`: a broker that lost its
    data would be silent for ever. `after`: the last event that was read before, instead of `offset`. With a time
    (timezone-aware), events that are older are left out. What is no event any more is skipped and logged.

    Raises `TimeoutError` when the broker does not answer, `StreamLost` when the last event is not where it was.
    """
    link = Link(settings, "stream")
    running = asyncio.create_task(link.run())
    earliest = offset if isinstance(offset, datetime) else None
    last = after

    def patience() -> float | None:
        # before anything was read there is nothing to compare with
        return silent_seconds if idle_seconds is None and last is not None else idle_seconds

    try:
        while True:
            try:
                if last is not None:
                    await _verify(link, settings, last)
                place = offset if last is None else last.offset + 1
                async with contextlib.aclosing(_session(link, settings, place, patience)) as session:
                    async for at, body in session:
                        event = _decode(at, body)
                        if event is not None and (earliest is None or event.time >= earliest):
                            last = Kept(at, event)
                            yield last
                if idle_seconds is not None:
                    return
            except ConnectionError as error:
                log.info("reading goes on where it stopped", after=last and last.offset, error=repr(error)[:200])
                await asyncio.sleep(random.uniform(0.05, 0.3))  # noqa: S311 - jitter, not a secret
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await link.close()


async def _verify(link: Link, settings: Settings, last: Kept) -> None:
    """Raise `StreamLost` unless the stream still has this event where it was read."""
    async with contextlib.aclosing(_session(link, settings, last.offset, lambda: VERIFY_SECONDS)) as session:
        async for at, body in session:
            event = _decode(at, body)
            if at == last.offset and event is not None and event.id == last.event.id:
                return
            break
    raise StreamLost(f"what was at offset {last.offset} is not there any more")


async def _session(
    link: Link, settings: Settings, offset: Offset, patience: Callable[[], float | None]
) -> AsyncGenerator[tuple[int, bytes], None]:
    channel = await link.channel(confirms=False, prefetch=PREFETCH, seconds=CONNECT_SECONDS)
    inbox: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
    channel.close_callbacks.add(lambda *_: inbox.put_nowait(None))
    # the broker finds the chunk by its own clock, and chunks by their first message: begin a little earlier
    start = offset.astimezone(UTC) - _CLOCK_MARGIN if isinstance(offset, datetime) else offset
    unsettled = 0
    try:
        async with broker_call(10):
            queue = await channel.get_queue(Names(settings.namespace).of(LOG), ensure=False)
            await queue.consume(inbox.put, arguments={"x-stream-offset": start})
        while True:
            try:
                async with asyncio.timeout(patience()):
                    message = await inbox.get()
            except TimeoutError:
                return
            if message is None:
                raise ConnectionError("the channel closed")
            at = int(str((message.headers or {}).get("x-stream-offset", 0)))
            # a new session may begin in the middle of a chunk that was read in part
            if not isinstance(offset, int) or at >= offset:
                yield at, message.body
            unsettled += 1
            if unsettled >= PREFETCH // 2:
                unsettled = 0
                async with broker_call(5):
                    await message.ack(multiple=True)
    finally:
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with broker_call(2):
                await channel.close()


def _decode(at: int, body: bytes) -> Event | None:
    try:
        return read(body)
    except Undecodable as error:
        log.warning("skipped what is no event any more", offset=at, error=str(error)[:200])
        return None


def parse_offset(text: str) -> Offset:
    """An offset as people write it. Raises `ValueError` for what is neither a word, a number nor a time."""
    if text in ("first", "last", "next"):
        return text  # type: ignore[return-value]  # narrowed by the line above, which the checker does not see
    if text.isascii() and text.isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def show(settings: Settings, offset: Offset, *, pattern: str, limit: int | None, follow: bool) -> int:
    """Print events whose type matches the shell pattern, one JSON object a line; tell how many they were."""
    shown = 0
    if limit == 0:
        return shown
    async with contextlib.aclosing(read_stream(settings, offset, idle_seconds=None if follow else 1.0)) as stream:
        async for kept in stream:
            if fnmatchcase(kept.event.type, pattern):
                sys.stdout.write(kept.event.encode().decode() + "\n")
                sys.stdout.flush()
                shown += 1
                if shown == limit:
                    break
    return shown


def main(arguments: list[str] | None = None) -> int:
    """The command line. Exit code 0 when the stream could be read."""
    parser = argparse.ArgumentParser(prog="python -m shared.bus.stream", description="Print events that were kept.")
    parser.add_argument(
        "--from",
        dest="offset",
        type=parse_offset,
        default="first",
        metavar="first|last|next|OFFSET|TIME",
        help="where to begin; a time is ISO 8601, UTC unless it says otherwise",
    )
    parser.add_argument("--type", default="*", metavar="PATTERN", help="only types like this, such as 'incident.*'")
    parser.add_argument("--limit", type=int, metavar="N", help="stop after so many")
    parser.add_argument("--follow", action="store_true", help="wait for more instead of ending")
    chosen = parser.parse_args(arguments)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for events
    try:
        asyncio.run(show(Settings(), chosen.offset, pattern=chosen.type, limit=chosen.limit, follow=chosen.follow))
    except TimeoutError:
        sys.stderr.write("The broker does not answer.\n")
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
