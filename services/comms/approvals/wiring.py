"""Wiring of approvals: the queue that tells of them, what is said in Slack, and what is pressed there."""

from __future__ import annotations

from collections.abc import Sequence

from services.comms.approvals.approval_request import ApprovalRequest
from services.comms.approvals.asking import ApprovalAsking
from services.comms.approvals.handlers import ApprovalHandler
from services.comms.approvals.letter import ApprovalLetters
from services.comms.approvals.places import SlackPlaces
from services.comms.approvals.presses import ApprovalPresses, Whisper
from services.comms.approvals.store import ApprovalRequests
from services.comms.incident_copies.store import IncidentCopies
from services.comms.mail.store.letters import Letters
from services.comms.people.reader import Reader
from services.comms.people.store.people import People
from services.comms.slack.active_client import SlackAccess
from services.comms.war_rooms.store import WarRooms
from shared.runtime import Runtime

QUEUE = "comms.approvals"


def add_approvals(
    runtime: Runtime,
    copies: IncidentCopies,
    people: People,
    letters: Letters,
    *,
    rooms: WarRooms,
    slack: SlackAccess,
    whisper: Whisper,
) -> ApprovalPresses:
    """Put approvals into the service; what is returned takes what people press."""
    settings, clock = runtime.settings, runtime.clock
    requests, secret_key = ApprovalRequests(runtime), settings.secret_key
    presses = ApprovalPresses(requests, people, runtime.publisher, whisper, clock=clock, secret_key=secret_key)
    asking = ApprovalAsking(requests, people, slack, clock=clock, base_url=settings.base_url, secret_key=secret_key)
    written = ApprovalLetters(settings.base_url, secret_key)

    async def post(request: ApprovalRequest, readers: Sequence[Reader]) -> None:
        await letters.post([written.write(request, reader, clock.now()) for reader in readers])

    places = SlackPlaces(rooms, slack)
    handler = ApprovalHandler(requests, presses, people, copies, places, post=post, clock=clock)
    runtime.consume_events(QUEUE, handler.handle, background=True)
    runtime.worker(asking.run)
    return presses
