"""`/integrations/jira/tickets` and `/webhook`: how tickets stand, and what Jira calls when one changes.

The webhook's routes are open: the signature, or the secret in the address, says who calls. A project's own address
names it, so that one signature is made for one call. The address without a name is kept for those who have it: there
a signature is made for each project, in a thread, a few calls at a time, and only of bodies that are small enough.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel

from services.comms.tickets.api.projects import WEBHOOK, PlaceId
from services.comms.tickets.jira_format import seen_of
from services.comms.tickets.jira_webhook import (
    MOST_BYTES,
    Told,
    is_proven,
    most_bytes_for,
    read_webhook,
    require_proof,
    unverified,
)
from services.comms.tickets.project import Place
from services.comms.tickets.store.projects import Places
from services.comms.tickets.store.tickets import Tickets
from services.comms.tickets.synchroniser import TicketSync
from services.comms.tickets.ticket import Sync, Ticket
from shared.events.communication import TicketState
from shared.problem import Problem, forbidden
from shared.secrecy.sealing import Seal
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

SEARCHES_AT_ONCE = 2
"""Calls of the address without a project whose signatures are made at the same time."""
SecretInAddress = Annotated[str | None, Query(alias="secret", max_length=200)]
Signature = Annotated[str | None, Header(alias="X-Hub-Signature", max_length=200)]
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


def routes(places: Places, tickets: Tickets, ticketer: TicketSync, seal: Seal) -> APIRouter:
    """`/integrations/jira/tickets` and Jira's webhooks. Before `/integrations/jira/{id}`, which matches them."""
    api = APIRouter(tags=["communication"])
    searches = asyncio.Semaphore(SEARCHES_AT_ONCE)

    @api.get("/integrations/jira/tickets", summary="Tickets and how well both sides agree, the last changed first")
    async def list_tickets(
        caller: Caller, sync: Sync | None = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[TicketView]:
        caller.require(Role.VIEWER)
        if caller.teams:
            raise forbidden("This list is of all teams; the key is limited to some.")
        found = await tickets.page(sync, limit + 1, decode_cursor(cursor, datetime, str))
        more = encode_cursor(found[limit - 1].updated_at, found[limit - 1].id) if len(found) > limit else None
        return Page(items=[_ticket_view(one) for one in found[:limit]], next_cursor=more)

    @api.post(
        WEBHOOK,
        status_code=202,
        summary="What Jira calls when an issue changes",
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}}},
    )
    async def webhook(request: Request, secret: SecretInAddress = None, signature: Signature = None) -> Taken:
        """For one project the address of its own is better: here bodies times projects have a limit."""
        require_proof(signature, secret)
        known = await places.all()
        body = await _body_of(request, most_bytes_for(len(known)))
        async with searches:
            proven = await asyncio.to_thread(
                lambda: [place for place in known if _knows(seal, place, signature, secret, body)]
            )
        return await take(proven, body)

    @api.post(
        WEBHOOK + "/{id}",
        status_code=202,
        summary="What Jira calls when an issue of this project changes",
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}}},
    )
    async def webhook_of_project(
        id: PlaceId, request: Request, secret: SecretInAddress = None, signature: Signature = None
    ) -> Taken:
        require_proof(signature, secret)
        place = await places.get(id)
        if place is None:
            raise unverified()
        body = await _body_of(request, MOST_BYTES)
        return await take([place] if _knows(seal, place, signature, secret, body) else [], body)

    async def take(proven: list[Place], body: bytes) -> Taken:
        if not proven:
            raise unverified()
        told = read_webhook(body)
        if told is None:
            return Taken(taken=False)
        return Taken(taken=await _take(ticketer, proven, told))

    return api


async def _take(ticketer: TicketSync, proven: list[Place], told: Told) -> bool:
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


async def _body_of(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Problem(413, "too_large", f"The body is larger than {most} bytes.", limit_bytes=most)
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
