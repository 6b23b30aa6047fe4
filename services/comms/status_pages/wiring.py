"""Wiring of status pages: what of comms they are made of, and what of it they ask."""

from __future__ import annotations

from services.comms.incident_copies.store import IncidentCopies
from services.comms.mail.store.letters import Letters
from services.comms.mail.store.quotas import MailQuotas
from services.comms.mail.template import LetterForms
from services.comms.status_pages.api import hygiene as hygiene_routes
from services.comms.status_pages.api import pages as page_routes
from services.comms.status_pages.api import posts as post_routes
from services.comms.status_pages.public import api as public_routes
from services.comms.status_pages.public.cache import PublicCopies
from services.comms.status_pages.public.html_pages import PublicHtml
from services.comms.status_pages.publisher import StatusPublisher
from services.comms.status_pages.store import StatusPages
from services.comms.status_pages.subscribers.api import managed as subscriber_routes
from services.comms.status_pages.subscribers.api import public as subscription_routes
from services.comms.status_pages.subscribers.mail import SubscriberMail
from services.comms.status_pages.subscribers.mailer import Mailing
from services.comms.status_pages.subscribers.store import MAILINGS, Subscribers
from shared.runtime import Runtime


def add_status_pages(runtime: Runtime, copies: IncidentCopies, letters: Letters, quotas: MailQuotas) -> StatusPages:
    """Put status pages into the service; returns their store."""
    settings, clock = runtime.settings, runtime.clock
    pages = StatusPages(runtime)
    runtime.snapshots("impact.changed.v1", pages.impact_snapshots)
    subscribers = Subscribers(runtime)
    mail = SubscriberMail(LetterForms(), settings.base_url, settings.secret_key)
    shown = PublicCopies()
    desk = StatusPublisher(pages, copies, clock, base_url=settings.base_url, on_change=shown.invalidate)
    public = public_routes.PublicPages(pages, shown, PublicHtml(), clock, settings.base_url)
    reception = subscriber_routes.Reception(subscribers, letters, mail, clock, settings.secret_key)
    for routes in (
        post_routes.routes(desk, pages, clock, settings.base_url),
        hygiene_routes.routes(pages, copies, clock),
        subscriber_routes.routes(reception, subscribers, pages, quotas=quotas, clock=clock),
        page_routes.routes(desk, pages, clock, settings.base_url),
        public_routes.routes(public),
        subscription_routes.routes(public, reception, clock),
    ):
        runtime.routes(routes)
    runtime.open_prefixes = (*runtime.open_prefixes, f"{public_routes.PATH}/")
    runtime.worker(desk.run)
    mailing = Mailing(subscribers, pages, letters, mail, clock)
    runtime.relay.on_written(MAILINGS, mailing.hear)
    runtime.worker(mailing.run)
    return pages
