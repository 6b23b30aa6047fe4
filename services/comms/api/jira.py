"""`/integrations/jira/tickets` and `/webhook`: how tickets stand, and what Jira calls when one changes.

The webhook's route is open: the signature, or the secret in its address, says who calls.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel

from services.comms.api.jira_projects import WEBHOOK
from services.comms.jira_webhook import MOST_BYTES, Told, is_proven, read_webhook, unverified
from services.comms.store import Places, Tickets
from services.comms.ticket import Sync, Ticket
from services.comms.ticket_place import Place
from services.comms.ticketer import Ticketer
from services.comms.tickets.jira_words import seen_of
from shared.events.communication import TicketState
from shared.problem import Problem, forbidden, invalid
from shared.sealing import Seal
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BODY = {"type": "object", "properties": {"webhookEvent": {"type": "string"}, "issue": {"type": "object"}}}


class TicketView(BaseModel):
    """The ticket of an action, and how well both sides agree."""

    action_id: str
    incident_id: str
    title: str
    provider: str
    key: str | None
    url: str | None
    status: str
    state: TicketState | None
    sync: Sync
    detail: str
    attempts: int
    created_at: datetime
    updated_at: datetime


class Taken(BaseModel):
    """What became of a webhook."""

    taken: bool


def router(places: Places, tickets: Tickets, ticketer: Ticketer, seal: Seal) -> APIRouter:
    """The routes; they come before those of one project."""
    api = APIRouter(tags=["communication"])

    @api.get("/integrations/jira/tickets", summary="Tickets and how well both sides agree, the last changed first")
    async def list_tickets(
        caller: Caller, sync: Sync | None = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[TicketView]:
        caller.require(Role.VIEWER)
        if caller.teams:
            raise forbidden("This list is of all teams; the key is limited to some.")
        found = await tickets.page(sync, limit + 1, _position(cursor))
        more = encode_cursor(_millis(found[limit - 1].updated_at), found[limit - 1].id) if len(found) > limit else None
        return Page(items=[_ticket_view(one) for one in found[:limit]], next_cursor=more)

    @api.post(
        WEBHOOK,
        status_code=202,
        summary="What Jira calls when an issue changes",
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}}},
    )
    async def webhook(
        request: Request,
        secret: Annotated[str | None, Query(max_length=200)] = None,
        signature: Annotated[str | None, Header(alias="X-Hub-Signature", max_length=200)] = None,
    ) -> Taken:
        body = await _body_of(request)
        proven = [place for place in await places.all() if _knows(seal, place, signature, secret, body)]
        if not proven:
            raise unverified()
        told = read_webhook(body)
        if told is None:
            return Taken(taken=False)
        return Taken(taken=await _take(ticketer, proven, told))

    return api


async def _take(ticketer: Ticketer, proven: list[Place], told: Told) -> bool:
    """Take in what a webhook of these projects tells; False for what we did ourselves."""
    if told.is_gone:
        await ticketer.tell_gone([place.id for place in proven], told.key)
        return True
    if told.is_ours:
        return False
    for place in proven:
        seen = seen_of(told.issue, place)
        if seen is None:
            await ticketer.ask_soon([place.id], told.key)
        else:
            await ticketer.tell([place.id], told.key, seen.at_time(told.at))
    return True


def _knows(seal: Seal, place: Place, signature: str | None, given: str | None, body: bytes) -> bool:
    secret = seal.open(place.sealed_secret)
    return bool(secret) and is_proven((secret or b"").decode(), signature, given, body)


async def _body_of(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Problem(413, "too_large", f"The body is larger than {MOST_BYTES} bytes.", limit_bytes=MOST_BYTES)
    return bytes(body)


def _ticket_view(ticket: Ticket) -> TicketView:
    return TicketView(
        action_id=ticket.id,
        incident_id=ticket.action.incident_id,
        title=ticket.action.title,
        provider=ticket.provider,
        key=ticket.key,
        url=ticket.url,
        status=ticket.status,
        state=ticket.agreed,
        sync=ticket.sync,
        detail=ticket.detail,
        attempts=ticket.attempts,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
    )


def _position(cursor: str | None) -> tuple[datetime, str] | None:
    if not cursor:
        return None
    millis, action_id = decode_cursor(cursor, (int, str))
    try:
        return EPOCH + timedelta(milliseconds=millis), action_id
    except OverflowError as error:
        raise invalid("/cursor", "this cursor was not made by this list") from error


def _millis(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)
