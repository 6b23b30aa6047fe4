"""Puts calendars together: their links, their routes, and what ends a link."""

from __future__ import annotations

from services.oncall.calendars import api as calendar_routes
from services.oncall.calendars.handlers import KeyHandler
from services.oncall.calendars.store import CalendarLinks
from services.oncall.directory.store import DirectoryStore
from shared.runtime import Runtime


def wire(runtime: Runtime, directory: DirectoryStore) -> KeyHandler:
    """The routes, which come before those whose ids theirs would be taken for; returns what hears of keys."""
    links, clock = CalendarLinks(runtime), runtime.clock
    runtime.app.include_router(calendar_routes.routes(directory, links, clock, runtime.settings.base_url))
    runtime.app.include_router(calendar_routes.endings(directory, links, clock))
    runtime.open_prefixes = (calendar_routes.PATH,)
    return KeyHandler(links)
