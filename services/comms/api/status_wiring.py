"""Wiring of status pages: what of comms they are made of, and what of it they ask."""

from __future__ import annotations

from services.comms.api import public_status as public_routes
from services.comms.api import status_pages as page_routes
from services.comms.api import status_posts as post_routes
from services.comms.public_copies import PublicCopies
from services.comms.public_html import PublicHtml
from services.comms.status_desk import StatusDesk
from services.comms.store import Store
from services.comms.store.status_pages import StatusPages, status_indexes
from shared.runtime import Runtime


def add_status_pages(runtime: Runtime, store: Store) -> None:
    """Put status pages into the service."""
    clock, base_url = runtime.clock, runtime.settings.base_url
    pages = StatusPages(runtime.database, runtime.relay, clock)
    copies = PublicCopies()
    desk = StatusDesk(pages, store, clock, base_url=base_url, mailing=lambda _: [], on_change=copies.changed)
    public = public_routes.PublicDesk(pages, copies, PublicHtml(), clock, base_url)
    runtime.indexes(status_indexes())
    runtime.app.include_router(post_routes.router(desk, pages, clock, base_url))
    runtime.app.include_router(page_routes.router(desk, pages, clock, base_url))
    runtime.app.include_router(public_routes.router(public))
    runtime.open_prefixes = (*runtime.open_prefixes, f"{public_routes.PATH}/")
    runtime.worker(desk.run)
