"""Wiring of the comms service."""

from __future__ import annotations

import asyncio

from services.comms.canary.loopback import Loopback
from services.comms.channels import connect_all
from services.comms.channels.contract import Edges
from services.comms.delivery.outcome import SEND_SECONDS
from services.comms.handlers import Handlers
from services.comms.incident_copies.store import IncidentCopies, incident_indexes
from services.comms.interactions.wiring import add_slack
from services.comms.mail.mail_client import MailDelivery
from services.comms.mail.mime import LetterComposer
from services.comms.mail.sender import Postman
from services.comms.mail.smtp_client import mail_server
from services.comms.mail.store.letters import LETTERS, Letters, letter_indexes
from services.comms.mail.store.quotas import MailQuotas, quota_indexes
from services.comms.mail.template import LetterForms
from services.comms.notices.notifier import Notifier
from services.comms.paging.api import deliveries as delivery_routes
from services.comms.paging.forgetting import Forgetting
from services.comms.paging.message_updater import Updater
from services.comms.paging.sending.process_lease import Holding
from services.comms.paging.sending.sender import Sender
from services.comms.paging.store.deliveries import DELIVERIES, Deliveries, delivery_indexes
from services.comms.paging.store.leases import Leases
from services.comms.paging.store.listing import Listing
from services.comms.people.store.erased import ErasedPeople
from services.comms.people.store.people import People, people_indexes
from services.comms.slack.active_client import SlackAccess
from services.comms.stakeholders.wiring import add_stakeholders
from services.comms.status_pages.wiring import add_status_pages
from services.comms.tickets.wiring import keep_tickets
from services.comms.war_rooms.wiring import add_war_rooms
from shared.canary import CanaryDocument
from shared.outbound import Outbound
from shared.runtime import Runtime, main
from shared.settings import Settings


def build(runtime: Runtime) -> None:
    """Put the service together. Raises `ValueError` for settings that can't be read."""
    settings = runtime.settings
    outbound = Outbound(settings.outbound_allow)
    slack = SlackAccess(settings, SEND_SECONDS)
    channels = connect_all(Edges(settings, outbound, slack=slack))
    deliveries = Deliveries(runtime.aggregates(DELIVERIES))
    copies, erased = IncidentCopies(runtime.database), ErasedPeople(runtime.database)
    forgetting = Forgetting(deliveries, erased)
    people = People(runtime.database)
    holding = Holding(Leases(runtime.database), runtime.clock, settings.instance)
    updater = Updater(
        channels, deliveries, copies, runtime.clock, base_url=settings.base_url, secret_key=settings.secret_key
    )
    sender = Sender(
        channels,
        deliveries,
        copies,
        holding,
        runtime.clock,
        sink=runtime.publisher,
        updater=updater,
        base_url=settings.base_url,
        secret_key=settings.secret_key,
    )
    letters = Letters(runtime.aggregates(LETTERS, silent=True), runtime.clock)
    postman = Postman(
        letters,
        people,
        erased=erased.among,
        mail=_mail(settings),
        composer=LetterComposer(settings.mail_from),
        pages_wait=sender.has_waiting,
        clock=runtime.clock,
    )
    keeper, marks = add_war_rooms(runtime, copies, people, slack)
    forms = LetterForms()
    notifier = Notifier(letters, people, forms, settings.base_url)
    ticketer = keep_tickets(runtime, people, outbound)
    handlers = Handlers(
        deliveries,
        copies,
        people,
        sender,
        holding,
        erased=erased,
        forgetting=forgetting,
        updater=updater,
        loopback=Loopback(CanaryDocument.of(runtime), sender.in_turn, runtime.clock),
        clock=runtime.clock,
        hear=[notifier.tell, keeper.hear, ticketer.hear],
        forget=[postman.forget],
    )

    async def close() -> None:
        await asyncio.gather(sender.drain(), postman.drain())
        await asyncio.gather(*(channel.close() for channel in channels.values()))
        await outbound.close()

    runtime.indexes(delivery_indexes(settings.delivery_days))
    runtime.indexes(incident_indexes())
    runtime.indexes(people_indexes())
    runtime.indexes(letter_indexes(settings.delivery_days))
    runtime.app.include_router(
        delivery_routes.router(
            deliveries, Listing(runtime.database, runtime.clock), letters, people, settings.secret_key
        )
    )
    quotas = MailQuotas(runtime.database, settings.strangers_per_day)
    runtime.indexes(quota_indexes())
    add_slack(runtime, slack, deliveries=deliveries, people=people, updater=updater, marks=marks)
    add_status_pages(runtime, copies, letters, quotas)
    add_stakeholders(runtime, copies, people, letters, forms=forms, quotas=quotas)
    runtime.consume_events("comms.pages", handlers.pages)
    runtime.consume_events("comms", handlers.facts)
    runtime.worker(sender.run)
    runtime.worker(sender.recorder.run)
    runtime.worker(updater.run)
    runtime.worker(postman.run)
    runtime.worker(forgetting.run)
    runtime.worker(sender.recorder.teller.run)
    runtime.worker(lambda: holding.run(sender))
    runtime.worker(sender.take_up_due)
    runtime.on_start(holding.start)
    runtime.on_drain(close)
    runtime.replicates(["incident.changed.v1", "user.changed.v1", "team.changed.v1", "user.erased.v1"], "comms")


def _mail(settings: Settings) -> MailDelivery | None:
    """The way of letters, by connections of their own."""
    return MailDelivery(mail_server(settings.smtp_url), settings.mail_from, SEND_SECONDS) if settings.smtp_url else None


if __name__ == "__main__":
    main("comms", build)
