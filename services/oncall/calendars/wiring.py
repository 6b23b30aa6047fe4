"""Puts calendars together: their links, their routes, and what ends a link."""

from __future__ import annotations

from services.oncall.calendars import api as calendar_routes
from services.oncall.calendars.handlers import KeyHandler
from services.oncall.calendars.store import CalendarLinks
from services.oncall.directory.store import DirectoryStore
from shared.runtime import Runtime


def wire(runtime: Runtime, directory: DirectoryStore) -> KeyHandler:
    """Adds the calendars, such as `/schedules/{id}.ics`, and returns the handler of key events.

    It must be called before `/schedules/{id}` is added, which would take the names of calendars for ids.
    """
    links, clock = CalendarLinks(runtime), runtime.clock
    runtime.routes(calendar_routes.routes(directory, links, clock, runtime.settings.base_url))
    runtime.routes(calendar_routes.endings(directory, links, clock))
    runtime.open_prefixes = (calendar_routes.PATH,)
    return KeyHandler(links)
