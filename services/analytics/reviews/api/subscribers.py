"""`/reviews/subscribers`: who gets reviews by mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.analytics.reviews.api.views import SubscriberBody, SubscriberView, subscriber_view
from services.analytics.reviews.review import Subscriber
from services.analytics.reviews.schedule import ReviewKind
from services.analytics.reviews.store import MOST_SUBSCRIBERS, Subscribers
from shared.callers.identity import Identity
from shared.outbox.races import decide_and_commit
from shared.problem import forbidden, invalid
from shared.team_scope import require_team
from shared.vocabulary import Role
from shared.web import Caller, Page


def routes(subscribers: Subscribers) -> APIRouter:
    """The endpoints. People order and end their own; managers whose key is not limited to teams everybody's."""
    router = APIRouter(tags=["reviews"])

    async def settle(user_id: str, kinds: list[ReviewKind]) -> Subscriber:
        def decide(known: Mapping[str, Subscriber]) -> list[Subscriber]:
            wanted = [kind for kind in ReviewKind if kind in kinds]
            before = known.get(user_id, Subscriber(user_id=user_id))
            if before.kinds == wanted:
                return []
            if user_id not in known and len(known) >= MOST_SUBSCRIBERS:
                raise invalid("/user_id", f"there are {MOST_SUBSCRIBERS} subscribers already")
            return [before.changed(kinds=wanted)]

        await decide_and_commit(subscribers.all, decide, subscribers.write)
        return (await subscribers.all()).get(user_id, Subscriber(user_id=user_id))

    @router.post("/reviews/subscribers")
    async def subscribe(body: SubscriberBody, caller: Caller) -> SubscriberView:
        """Sets which reviews a person gets by mail, in their own language; a person who is unknown gets none."""
        _require_own(caller, body.user_id)
        return subscriber_view(await settle(body.user_id, body.kinds))

    @router.get("/reviews/subscribers")
    async def list_subscribers(caller: Caller) -> Page[SubscriberView]:
        """Everybody who gets any, by id."""
        caller.require(Role.VIEWER)
        require_team(caller, None)
        return Page(items=[subscriber_view(one) for one in (await subscribers.all()).values() if one.kinds])

    @router.delete("/reviews/subscribers/{user_id}", status_code=204)
    async def unsubscribe(caller: Caller, user_id: Annotated[str, Path(max_length=200)]) -> Response:
        """Ends what a person gets; nothing happens where they get none."""
        _require_own(caller, user_id)
        await settle(user_id, [])
        return Response(status_code=204)

    return router


def _require_own(caller: Identity, user_id: str) -> None:
    caller.require(Role.VIEWER)
    require_team(caller, None)
    if caller.user_id != user_id and not caller.may(Role.MANAGER):
        raise forbidden("Others' reviews are a manager's to order.")
