"""The HTTP side of comms: deliveries to look at, channels to draw forms from, signing secrets for admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from services.comms.channels import specs
from services.comms.channels.messages.webhook import signing_secret
from services.comms.delivery.delivery_state import DeliveryState
from services.comms.delivery.store import Filters
from services.comms.mail.message import LetterKind
from services.comms.mail.store.letters import Letters
from services.comms.paging.api import views
from services.comms.paging.store.deliveries import Deliveries
from services.comms.paging.store.listing import Listing
from services.comms.people.store.people import People
from shared.callers.identity import Identity
from shared.problem import forbidden, not_found
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

Id = Annotated[str, Query(min_length=1, max_length=128)]
DeliveryId = Annotated[str, Path(min_length=1, max_length=128)]
Shown = views.DeliveryView | views.LetterView


def routes(deliveries: Deliveries, listing: Listing, letters: Letters, people: People, secret_key: str) -> APIRouter:
    """`/deliveries`, `/channels` and `/contact-methods/webhook-secret`."""
    api = APIRouter(tags=["communication"])

    @api.get("/deliveries", summary="Pages and letters and what became of them, newest first")
    async def list_deliveries(
        caller: Caller,
        *,
        incident_id: Annotated[str | None, Query(max_length=128)] = None,
        user_id: Annotated[str | None, Query(max_length=128)] = None,
        state: DeliveryState | None = None,
        kind: Literal["page"] | LetterKind | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Shown]:
        _require_all_teams(caller)
        filters, after, asked = Filters(incident_id, user_id, state), decode_cursor(cursor, datetime, str), limit + 1
        unmasked = caller.may(Role.ADMIN)
        items: list[Shown] = []
        if kind in (None, "page"):
            items += [views.delivery_view(one, unmasked=unmasked) for one in await listing.page(filters, asked, after)]
        if kind != "page":
            found = await letters.page(filters, kind, asked, after)
            items += [views.letter_view(one, unmasked=unmasked) for one in found]
        items.sort(key=lambda item: (item.requested_at, item.id), reverse=True)
        is_more, items = len(items) > limit, items[:limit]
        more = encode_cursor(items[-1].requested_at, items[-1].id) if is_more else None
        return Page[Shown](items=items, next_cursor=more)

    @api.get("/deliveries/{delivery_id}", summary="One page or letter and every attempt to hand it over")
    async def get_delivery(caller: Caller, delivery_id: DeliveryId) -> Shown:
        _require_all_teams(caller)
        unmasked = caller.may(Role.ADMIN)
        pages = await deliveries.by_ids([delivery_id])
        if delivery_id in pages:
            return views.delivery_view(pages[delivery_id], unmasked=unmasked)
        found = await letters.by_ids([delivery_id])
        if delivery_id in found:
            return views.letter_view(found[delivery_id], unmasked=unmasked)
        raise not_found("delivery", delivery_id)

    @api.get("/channels", summary="The channels that contact methods may use, with their form fields")
    async def list_channels(caller: Caller) -> views.ChannelsView:
        caller.require(Role.VIEWER)
        return views.ChannelsView(items=[views.channel_view(spec) for spec in specs().values()])

    @api.get("/contact-methods/webhook-secret", summary="The signing secret of a webhook contact method")
    async def webhook_secret(caller: Caller, user_id: Id, method_id: Id) -> views.WebhookSecretView:
        """A key that is limited to teams gets those of the people in these teams only."""
        caller.require(Role.ADMIN)
        if caller.teams and not await people.is_in(user_id, caller.teams):
            raise forbidden("The key is limited to teams, and this person is in none of them.")
        secret = signing_secret(secret_key, user_id, method_id)
        return views.WebhookSecretView(user_id=user_id, method_id=method_id, secret=secret)

    return api


def _require_all_teams(caller: Identity) -> None:
    """Deliveries are not kept by team: a key that is limited to teams finds them below its incidents."""
    caller.require(Role.VIEWER)
    if caller.teams:
        raise forbidden("A key that is limited to teams finds its pages at /incidents/{id}/pages.")
