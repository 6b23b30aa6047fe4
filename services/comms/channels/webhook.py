"""Webhook: one signed JSON POST per page, to an address that a person or a team runs."""

from __future__ import annotations

from datetime import datetime

from services.comms.channels.contract import BadAddress, ChannelSpec, Edges, FieldKind, FormField, PageLinks
from services.comms.channels.messages import webhook as webhook_message
from services.comms.delivery.outcome import Leave, Outcome, down, http_outcome, refused
from shared.events.oncall import PageFact
from shared.outside import outbound
from shared.vocabulary import Channel as ChannelId

ANSWER_LIMIT_BYTES = 16 * 1024
"""What is read of an answer; the rest is not waited for."""

SPEC = ChannelSpec(
    id=ChannelId.WEBHOOK,
    name="Webhook",
    fields=(
        FormField(
            "address",
            "Address",
            FieldKind.URL,
            "An http or https address that takes a POST. Every message is signed per Standard Webhooks; "
            "an admin finds the signing secret at /contact-methods/webhook-secret.",
        ),
    ),
    at_once=32,
    carries_ack_link=True,
    signed=True,
    example={"id": "hook", "channel": "webhook", "address": "https://hooks.example.org/tocsin"},
)


class WebhookChannel:
    """Posts pages over kept-alive connections."""

    spec = SPEC

    def __init__(self, http: outbound.Outbound, secret_key: str, send_seconds: float) -> None:
        self._send_seconds = send_seconds
        self._http = http
        self._secret_key = secret_key

    def destination(self, address: str) -> str:
        """The `host:port` in the URL. Raises `BadAddress` for a URL that must not be called."""
        try:
            return outbound.destination(address)
        except outbound.Refused as error:
            raise BadAddress(str(error)) from error

    async def send(self, page: PageFact, links: PageLinks, now: datetime, leave: Leave) -> Outcome:
        """Post the signed JSON once and say what the receiver answered."""
        content = webhook_message.body(page, links)
        secrets = webhook_message.signing_secrets(self._secret_key, page.user.id, page.method.id)
        headers = webhook_message.signed_headers(secrets, page.page_id, now, content)
        try:
            answer = await self._http.post(
                page.method.address,
                content,
                headers,
                timeout_seconds=self._send_seconds,
                answer_limit_bytes=ANSWER_LIMIT_BYTES,
                leave=leave,
            )
        except outbound.Refused as error:
            return refused(str(error))
        except outbound.OutboundError as error:
            return down(str(error))
        return http_outcome(answer.status, answer.headers, answer.text(), now)

    async def close(self) -> None:
        """Close nothing: the connections belong to the process, which closes them."""


def connect(edges: Edges) -> WebhookChannel:
    """The channel of this process."""
    return WebhookChannel(edges.outbound, edges.settings.secret_key, edges.send_seconds)
