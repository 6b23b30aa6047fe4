"""Subscribers of status pages with a key: responders have somebody asked, managers see and remove them.

Who asks gets the same answer whether the address is known or not.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.comms.mail.quota import over_quota
from services.comms.mail.store.letters import Letters
from services.comms.mail.store.quotas import MailQuotas
from services.comms.status_pages.access import require_own, require_seen
from services.comms.status_pages.api.pages import PATH as PAGES_PATH
from services.comms.status_pages.api.pages import SlugPath
from services.comms.status_pages.page import StatusPage
from services.comms.status_pages.store import StatusPages
from services.comms.status_pages.subscribers.links import Wish, read_token
from services.comms.status_pages.subscribers.mail import SubscriberMail
from services.comms.status_pages.subscribers.store import Subscribers
from services.comms.status_pages.subscribers.subscriber import (
    LONGEST_ADDRESS,
    address_of,
    create_subscriber,
    is_to_be_asked,
    subscriber_ids,
)
from shared.clocks.clock import Now
from shared.problem import invalid, not_found
from shared.secrecy.masking import mask_address
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

MOST_BYTES = 4096
Token = Annotated[str, Path(min_length=1, max_length=1024)]
Id = Annotated[str, Path(min_length=1, max_length=128)]


class SubscriptionIn(BaseModel):
    """Who is to get the updates."""

    model_config = ConfigDict(extra="ignore")

    email: Annotated[str, StringConstraints(min_length=3, max_length=LONGEST_ADDRESS)]


class AskedView(BaseModel):
    """The same for every address."""

    status: str = "confirmation_sent"
    detail: str = "If this address can receive mail from us, a message with a confirmation link is on its way."


class SubscriberView(BaseModel):
    """A confirmed subscriber; the whole address is for admins."""

    id: str
    email: str
    confirmed_at: str


class Reception:
    """Takes in who wants the updates."""

    def __init__(
        self, subscribers: Subscribers, letters: Letters, mail: SubscriberMail, clock: Now, secret_key: str
    ) -> None:
        self._subscribers = subscribers
        self._letters = letters
        self._mail = mail
        self._clock = clock
        self._secret_key = secret_key

    async def ask(self, page: StatusPage, address: str) -> None:
        """Mail a confirmation where one is due. Nothing that happens here is to be told to who asked."""
        now = self._clock.now()
        ids = subscriber_ids(self._secret_key, page.key, address)
        found = [known for one in ids if (known := await self._subscribers.get(one)) is not None]
        known = found[0] if found else None
        if not is_to_be_asked(known, now):
            return
        one = create_subscriber(known.id if known else ids[0], page.key, address, now)
        if await self._subscribers.ask(one, known):
            await self._letters.post([self._mail.confirmation(page, one, now)])

    async def fulfil(self, page: StatusPage, token: str, wish: Wish, *, pressed: bool) -> bool:
        """Do what a link is for, when its button was pressed; false for a link that is not good."""
        claim = read_token(self._secret_key, token, wish, self._clock.now())
        if claim is None or claim.page != page.key:
            return False
        if not pressed:
            return True
        if wish is Wish.CONFIRM:
            return await self._subscribers.confirm(claim.subscriber_id, page.key, self._clock.now())
        await self._subscribers.remove(claim.subscriber_id, page.key)
        return True


def routes(
    reception: Reception, subscribers: Subscribers, pages: StatusPages, *, quotas: MailQuotas, clock: Now
) -> APIRouter:
    """`/status-pages/{slug}/subscribers`: ask, list and remove."""
    api = APIRouter(tags=["communication"])
    path = f"{PAGES_PATH}/{{slug}}/subscribers"

    @api.post(path, status_code=202, summary="Ask somebody whether they want a page's updates")
    async def subscribe(slug: SlugPath, body: SubscriptionIn, caller: Caller) -> AskedView:
        caller.require(Role.RESPONDER)
        page = require_own(caller, await pages.get(slug), slug)
        address = address_of(body.email)
        if address is None:
            raise invalid("/email", "not an e-mail address")
        now = clock.now()
        if not await quotas.take(caller.key_id, 1, now):
            raise over_quota(quotas.limit, now)
        await reception.ask(page, address)
        return AskedView()

    @api.get(path, summary="Who is subscribed")
    async def list_subscribers(
        slug: SlugPath, caller: Caller, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[SubscriberView]:
        caller.require(Role.MANAGER)
        page = require_seen(caller, await pages.get(slug), slug)
        after = decode_cursor(cursor, str) or ""
        found = await subscribers.confirmed(page.key, after, limit + 1)
        items = [
            SubscriberView(
                id=one.id,
                email=one.address if caller.may(Role.ADMIN) else mask_address(one.address),
                confirmed_at=one.confirmed_at.isoformat() if one.confirmed_at else "",
            )
            for one in found[:limit]
        ]
        return Page(items=items, next_cursor=encode_cursor(items[-1].id) if len(found) > limit else None)

    @api.delete(path + "/{id}", status_code=204, summary="Forget a subscriber")
    async def remove(slug: SlugPath, id: Id, caller: Caller) -> Response:
        caller.require(Role.MANAGER)
        page = require_own(caller, await pages.get(slug), slug)
        if not await subscribers.remove(id, page.key):
            raise not_found("subscriber", id)
        return Response(status_code=204)

    return api
