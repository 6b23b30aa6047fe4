"""What the API shows of a delivery. Addresses are masked for everybody but admins."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from services.comms.channels.contract import ChannelSpec
from services.comms.delivery.delivery_state import Attempt, DeliveryState, Reason
from services.comms.delivery.outcome import without_addresses
from services.comms.mail.message import LetterKind, PostedLetter
from services.comms.paging.delivery import Delivery
from shared.secrecy.masking import mask_address
from shared.vocabulary import Channel, PageReason, Urgency


class DeliveryView(BaseModel):
    """One page and what became of it."""

    id: str
    kind: Literal["page"] = "page"
    page_id: str
    incident_id: str
    title: str
    user_id: str
    method_id: str
    channel: Channel
    address: str
    urgency: Urgency
    step: int
    round: int
    generation: int
    page_reason: PageReason
    drill: bool
    state: DeliveryState
    reason: Reason
    detail: str
    attempts: int
    history: list[Attempt]
    requested_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    version: int


class LetterView(BaseModel):
    """One letter, which is mail that is no page, and what became of it."""

    id: str
    kind: LetterKind
    incident_id: str | None
    user_id: str | None
    """The reader, where it is one of our own people; then there is no address."""
    channel: Channel = Channel.EMAIL
    address: str
    subject: str
    state: DeliveryState
    reason: Reason
    detail: str
    attempts: int
    history: list[Attempt]
    requested_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    version: int


class FormFieldView(BaseModel):
    """One field of a contact method's form."""

    name: str
    label: str
    kind: str
    help: str
    required: bool


class ChannelView(BaseModel):
    """What a channel can do and what it wants to know."""

    id: Channel
    name: str
    fields: list[FormFieldView]
    carries_ack_link: bool
    signed: bool
    example: dict[str, object]


class ChannelsView(BaseModel):
    """Every channel there is."""

    items: list[ChannelView]


class WebhookSecretView(BaseModel):
    """The signing secret of one contact method."""

    user_id: str
    method_id: str
    secret: str


def delivery_view(delivery: Delivery, *, unmasked: bool) -> DeliveryView:
    """A delivery for a caller who may (`unmasked`) or may not see addresses."""
    page = delivery.page
    return DeliveryView(
        id=page.page_id,
        page_id=page.page_id,
        incident_id=page.incident.id,
        title=page.incident.title,
        user_id=page.user.id,
        method_id=page.method.id,
        channel=page.method.channel,
        address=page.method.address if unmasked else mask_address(page.method.address),
        urgency=page.urgency,
        step=page.step,
        round=page.round,
        generation=page.generation,
        page_reason=page.reason,
        drill=page.drill,
        state=delivery.state,
        reason=delivery.reason,
        detail=delivery.detail,
        attempts=delivery.attempts,
        history=delivery.history,
        requested_at=page.requested_at,
        due_at=delivery.due_at,
        finished_at=delivery.finished_at,
        version=delivery.version,
    )


def letter_view(one: PostedLetter, *, unmasked: bool) -> LetterView:
    """A letter for a caller who may (`unmasked`) or may not see addresses; the server's words may repeat one."""
    letter = one.letter
    return LetterView(
        id=letter.id,
        kind=letter.kind,
        incident_id=letter.incident_id,
        user_id=letter.user_id,
        address=letter.address if unmasked else mask_address(letter.address),
        subject=letter.subject,
        state=one.state,
        reason=one.reason,
        detail=one.detail if unmasked else without_addresses(one.detail, letter.address),
        attempts=one.attempts,
        history=one.history
        if unmasked
        else [attempt.changed(detail=without_addresses(attempt.detail, letter.address)) for attempt in one.history],
        requested_at=letter.requested_at,
        due_at=one.due_at,
        finished_at=one.finished_at,
        version=one.version,
    )


def channel_view(spec: ChannelSpec) -> ChannelView:
    """A channel, from what it says of itself."""
    return ChannelView(
        id=spec.id,
        name=spec.name,
        fields=[
            FormFieldView(name=one.name, label=one.label, kind=one.kind, help=one.help, required=one.required)
            for one in spec.fields
        ],
        carries_ack_link=spec.carries_ack_link,
        signed=spec.signed,
        example=dict(spec.example),
    )
