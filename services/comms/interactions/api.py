"""What Slack calls: presses of buttons, and events. Open routes: Slack's own signature says who calls.

A press is answered when the broker has confirmed the event that tells of it, so what Slack shows as done will be done.
The message itself changes when the incident has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from services.comms.approvals.presses import ApprovalPresses
from services.comms.interactions.answers import answer_event, responder_of
from services.comms.paging.message_updater import Updater
from services.comms.paging.store.deliveries import Deliveries
from services.comms.people.store.people import People
from services.comms.slack.active_client import SlackAccess
from services.comms.slack.requests import (
    MOST_BYTES,
    ApprovalPress,
    Press,
    check_signature,
    read_event,
    read_presses,
    read_reaction,
)
from services.comms.war_rooms.bookmarks import Bookmarks
from shared.clocks.clock import Now
from shared.outbox.relay import EventSink
from shared.problem import Problem
from shared.secrecy.signed_links import read_ack_token
from shared.telemetry import trace
from shared.vocabulary import Channel

PATH = "/integrations/slack/"
SECONDS = 2.5
"""Slack waits three seconds."""
Stamp = Annotated[str | None, Header(alias="X-Slack-Request-Timestamp")]
Signature = Annotated[str | None, Header(alias="X-Slack-Signature")]

_FORM: Mapping[str, Any] = {
    "application/x-www-form-urlencoded": {
        "schema": {
            "type": "object",
            "required": ["payload"],
            "properties": {"payload": {"type": "string", "description": "Slack's interaction payload, as JSON."}},
        }
    }
}
_EVENT: Mapping[str, Any] = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"type": "string"}, "challenge": {"type": "string"}},
        }
    }
}


def routes(
    deliveries: Deliveries,
    people: People,
    sink: EventSink,
    updater: Updater,
    clock: Now,
    *,
    marks: Bookmarks,
    approvals: ApprovalPresses,
    access: SlackAccess,
    secret_key: str,
) -> APIRouter:
    """`POST /integrations/slack/actions` and `/events`; `access` has the signing secret, `secret_key` signs buttons."""
    api = APIRouter(tags=["communication"])

    async def read_verified(request: Request, stamp: str | None, signature: str | None) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                break
        check_signature(access.signing_secret, stamp, signature, bytes(body), clock.now())
        return bytes(body)

    @api.post(
        "/integrations/slack/actions",
        summary="Buttons of Slack messages",
        openapi_extra={"requestBody": {"required": True, "content": _FORM}},
    )
    async def actions(request: Request, stamp: Stamp = None, signature: Signature = None) -> Response:
        presses = read_presses(await read_verified(request, stamp, signature))
        async with asyncio.timeout(SECONDS):
            for press in presses:
                await (approvals.take(press) if isinstance(press, ApprovalPress) else take(press))
        return Response(status_code=200)

    @api.post(
        "/integrations/slack/events",
        summary="Slack's events: a message of a war room that somebody marked, and its check of this address",
        openapi_extra={"requestBody": {"required": True, "content": _EVENT}},
    )
    async def events(request: Request, stamp: Stamp = None, signature: Signature = None) -> dict[str, str]:
        body = await read_verified(request, stamp, signature)
        async with asyncio.timeout(SECONDS):
            await marks.record(read_reaction(body))
        return read_event(body)

    async def take(press: Press) -> None:
        now = clock.now()
        try:
            claim = read_ack_token(secret_key, press.token, now)
        except Problem as problem:
            if press.response_url:
                updater.whisper(Channel.SLACK, press.response_url, problem.detail)
            return
        known = await deliveries.by_ids([claim.page_id])
        by = responder_of(known.get(claim.page_id), press, claim) or await people.of_slack(press.slack_user)
        context = trace.current()
        event = answer_event(
            press,
            claim,
            by,
            now,
            correlation=context.correlation if context else None,
            traceparent=context.traceparent if context else None,
        )
        await sink.publish_events([(event.type, event.encode(), event.id)])
        updater.record_answer(claim.page_id, press.message)

    return api
