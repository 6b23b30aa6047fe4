"""Wiring of paging: channels, the sender and what it hands results to, the queue of pages, routes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.comms.canary.loopback import Loopback
from services.comms.channels import connect_all
from services.comms.channels.contract import ChannelsByName, Edges
from services.comms.incident_copies.store import IncidentCopies
from services.comms.mail.store.letters import Letters
from services.comms.paging.api import deliveries as delivery_routes
from services.comms.paging.forgetting import Forgetting
from services.comms.paging.handlers import CancellationHandler, PageHandler
from services.comms.paging.message_updater import Updater
from services.comms.paging.sending.destination import Router
from services.comms.paging.sending.process_lease import ProcessLease
from services.comms.paging.sending.sender import Sender
from services.comms.paging.store.deliveries import Deliveries
from services.comms.paging.store.leases import Leases
from services.comms.paging.store.listing import Listing
from services.comms.people.handlers import PeopleHandler
from services.comms.slack.active_client import SlackAccess
from shared.canary import CanaryDocument
from shared.outside.outbound import Outbound
from shared.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Paging:
    """What other capabilities need of paging."""

    channels: ChannelsByName
    deliveries: Deliveries
    sender: Sender
    updater: Updater
    cancellations: CancellationHandler

    async def close(self) -> None:
        """Close what the channels keep open."""
        await asyncio.gather(*(channel.close() for channel in self.channels.values()))


def add_paging(
    runtime: Runtime,
    people: PeopleHandler,
    copies: IncidentCopies,
    letters: Letters,
    *,
    outbound: Outbound,
    slack: SlackAccess,
) -> Paging:
    """Put paging into the service. Raises `ValueError` for settings that can't be read."""
    settings, clock = runtime.settings, runtime.clock
    channels = connect_all(Edges(settings, outbound, slack=slack))
    deliveries = Deliveries(runtime)
    holding = ProcessLease(Leases(runtime), clock, settings.instance)
    runtime.snapshots("page.delivered.v1", deliveries.snapshots)
    updater = Updater(channels, deliveries, copies, clock, base_url=settings.base_url, secret_key=settings.secret_key)
    sender = Sender(
        Router(channels, base_url=settings.base_url, secret_key=settings.secret_key),
        deliveries,
        copies,
        holding,
        clock,
        sink=runtime.publisher,
        updater=updater,
    )
    forgetting = Forgetting(deliveries, people.erased)
    loopback = Loopback(CanaryDocument.of(runtime), sender.in_turn, clock)
    pages = PageHandler(deliveries, people.erased, sender, holding, loopback=loopback, clock=clock)
    cancellations = CancellationHandler(deliveries, copies, sender, forgetting=forgetting, updater=updater, clock=clock)
    people.on_erased(cancellations.forget)
    listing = Listing(runtime)
    runtime.routes(delivery_routes.routes(deliveries, listing, letters, people.people, settings.secret_key))
    runtime.consume_events("comms.pages", pages.handle)
    for work in (
        sender.run,
        sender.take_up_due,
        sender.recorder.run,
        sender.recorder.announcer.run,
        updater.run,
        lambda: forgetting.run(cancellations.withdraw),
        lambda: holding.run(sender),
    ):
        runtime.worker(work)
    runtime.on_start(holding.start)
    return Paging(channels, deliveries, sender, updater, cancellations)
