"""Wiring of war rooms: the store, the keeper, the routes; what Slack tells of marked messages goes to `marks`."""

from __future__ import annotations

from services.comms.incident_copies.store import IncidentCopies
from services.comms.people.store.people import People
from services.comms.slack.active_client import SlackAccess
from services.comms.war_rooms import api as room_routes
from services.comms.war_rooms.bookmarks import Bookmarks
from services.comms.war_rooms.calls import call_link
from services.comms.war_rooms.handlers import RoomHandler
from services.comms.war_rooms.keeper import RoomWorker
from services.comms.war_rooms.store import WarRooms
from shared.runtime import Runtime


def add_war_rooms(
    runtime: Runtime, copies: IncidentCopies, people: People, slack: SlackAccess
) -> tuple[WarRooms, RoomHandler, Bookmarks]:
    """Put war rooms into the service. Raises `ValueError` for settings that can't be read."""
    settings, clock = runtime.settings, runtime.clock
    call_link(settings.call_url, "checked")
    rooms = WarRooms(runtime)
    keeper = RoomWorker(rooms, people, copies.facts, slack, clock=clock, base_url=settings.base_url)
    desk = room_routes.RoomMaking(
        copies,
        rooms,
        keeper,
        clock,
        call_url=settings.call_url,
        secret_key=settings.secret_key,
        slack=slack,
    )
    runtime.routes(room_routes.routes(desk))
    runtime.worker(keeper.run)
    runtime.worker(keeper.note_marks)
    return rooms, RoomHandler(keeper), Bookmarks(rooms, clock, emoji=settings.slack_emoji)
