"""Wiring of the comms service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from services.comms.api import deliveries as delivery_routes
from services.comms.api import slack as slack_routes
from services.comms.channels import connect_all
from services.comms.channels.contract import Edges
from services.comms.handlers import Handlers
from services.comms.holding import Holding
from services.comms.sender import Sender
from services.comms.store import Listing, People, Store, indexes, people_indexes
from services.comms.updater import Updater
from shared.outbound import Outbound
from shared.runtime import Runtime, main


def build(runtime: Runtime) -> None:
    """Put the service together. Raises `ValueError` for settings that can't be read."""
    settings = runtime.settings
    outbound = Outbound(settings.outbound_allow)
    channels = connect_all(Edges(settings, outbound))
    store = Store(runtime.database, runtime.relay, runtime.clock)
    people = People(runtime.database)
    holding = Holding(store, runtime.clock, settings.instance)
    updater = Updater(channels, store, runtime.clock, base_url=settings.base_url, secret_key=settings.secret_key)
    sender = Sender(
        channels,
        store,
        holding,
        runtime.clock,
        runtime.publisher,
        updater=updater,
        base_url=settings.base_url,
        secret_key=settings.secret_key,
    )
    handlers = Handlers(store, people, sender, holding, updater=updater, clock=runtime.clock)

    until_drained: list[asyncio.Task[None]] = []

    def ends_with_drain(work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            if (task := asyncio.current_task()) is not None:
                until_drained.append(task)
            await work()

        return run

    async def close() -> None:
        for task in until_drained:
            task.cancel()
        await sender.drain()
        await asyncio.gather(*(channel.close() for channel in channels.values()))
        await outbound.close()

    runtime.indexes(indexes(settings.delivery_days))
    runtime.indexes(people_indexes())
    runtime.app.include_router(
        delivery_routes.router(store, Listing(runtime.database, runtime.clock), settings.secret_key)
    )
    runtime.app.include_router(
        slack_routes.router(
            store,
            people,
            runtime.publisher,
            updater,
            runtime.clock,
            secret=settings.slack_signing_secret,
            secret_key=settings.secret_key,
        )
    )
    runtime.open_prefixes = (slack_routes.PATH,)
    runtime.consume_events("comms.pages", handlers.pages)
    runtime.consume_events("comms", handlers.facts)
    runtime.worker(sender.run)
    runtime.worker(sender.recorder.run)
    runtime.worker(updater.run)
    runtime.worker(sender.recorder.teller.run)
    runtime.worker(ends_with_drain(lambda: holding.run(sender)))
    runtime.worker(ends_with_drain(sender.take_up_due))
    runtime.on_start(holding.start)
    runtime.on_drain(close)
    runtime.replicates(["incident.changed.v1", "user.changed.v1", "user.erased.v1"], "comms")


if __name__ == "__main__":
    main("comms", build)
