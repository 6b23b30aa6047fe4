"""Wiring of what keeps tickets and action items alike."""

from __future__ import annotations

from services.comms.people.store.people import People
from services.comms.tickets.api import projects as jira_projects
from services.comms.tickets.api import tickets as jira
from services.comms.tickets.handlers import ActionHandler
from services.comms.tickets.store.projects import Places
from services.comms.tickets.store.tickets import Tickets
from services.comms.tickets.synchroniser import TicketSync
from services.comms.tickets.systems import connect_all
from shared.outside.outbound import Outbound
from shared.runtime import Runtime
from shared.secrecy.sealing import Seal


def add_tickets(runtime: Runtime, people: People, outbound: Outbound) -> ActionHandler:
    """Put tickets into the service."""
    places = Places(runtime)
    tickets = Tickets(runtime)
    seal = Seal(runtime.settings.secret_key, "tocsin ticket systems")
    base_url = runtime.settings.base_url
    ticketer = TicketSync(
        tickets, places, people, connect_all(outbound), seal=seal, clock=runtime.clock, base_url=base_url
    )
    runtime.routes(jira.routes(places, tickets, ticketer, seal))
    runtime.routes(jira_projects.routes(places, seal=seal, clock=runtime.clock, base_url=base_url))
    runtime.open_prefixes = (*runtime.open_prefixes, jira_projects.WEBHOOK)
    runtime.worker(ticketer.run)
    runtime.worker(ticketer.check)
    handler = ActionHandler(ticketer, people)
    runtime.consume_events("comms.tickets", handler.handle, background=True)
    return handler
