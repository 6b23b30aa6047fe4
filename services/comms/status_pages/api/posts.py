"""What is published on status pages, and the components' uptime. Responders publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Response

from services.comms.status_pages.access import require_seen
from services.comms.status_pages.api.pages import PATH, SlugPath
from services.comms.status_pages.api.views import (
    PostView,
    PublishedView,
    UptimeView,
    post_view,
    published_view,
    uptime_view,
)
from services.comms.status_pages.impact_periods import until_now
from services.comms.status_pages.publisher import StatusPublisher
from services.comms.status_pages.store import StatusPages
from services.comms.status_pages.update_request import UpdateIn
from services.comms.status_pages.uptime import DAYS, uptime
from shared.clocks.clock import Now
from shared.clocks.epoch import EPOCH
from shared.problem import not_found
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

Id = Annotated[str, Path(min_length=1, max_length=128)]
END = datetime(2200, 1, 1, tzinfo=UTC)


def routes(desk: StatusPublisher, pages: StatusPages, clock: Now, base_url: str) -> APIRouter:
    """`/status-pages/updates`, `…/{slug}/posts` and `…/{slug}/uptime`. Before those of pages: no slug is `updates`."""
    api = APIRouter(tags=["communication"])

    @api.post(f"{PATH}/updates", status_code=201, summary="Publish an update on a status page")
    async def publish(body: UpdateIn, caller: Caller, response: Response) -> PublishedView:
        caller.require(Role.RESPONDER)
        posted = await desk.publish(body, caller)
        response.headers["Location"] = f"{PATH}/{posted.page.slug}/posts/{posted.post.id}"
        return published_view(posted.page, posted.post, posted.update, base_url)

    @api.get(f"{PATH}/{{slug}}/posts", summary="Incidents and maintenances of a page, the newest first")
    async def list_posts(slug: SlugPath, caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[PostView]:
        caller.require(Role.VIEWER)
        page = require_seen(caller, await pages.get(slug), slug)
        after = decode_cursor(cursor, datetime, str)
        found = await pages.history(page, since=EPOCH, until=END, limit=limit + 1, after=after)
        more = None
        if len(found) > limit:
            last = found[limit - 1]
            more = encode_cursor(last.shown_at, last.id)
        return Page(items=[post_view(one, page, base_url) for one in found[:limit]], next_cursor=more)

    @api.get(f"{PATH}/{{slug}}/posts/{{id}}", summary="One incident or maintenance with its updates")
    async def read_post(slug: SlugPath, id: Id, caller: Caller) -> PostView:
        caller.require(Role.VIEWER)
        page = require_seen(caller, await pages.get(slug), slug)
        found = await pages.post(page, id)
        if found is None:
            raise not_found("post", id)
        return post_view(found, page, base_url)

    @api.get(f"{PATH}/{{slug}}/uptime", summary="Each component's last 90 days")
    async def read_uptime(slug: SlugPath, caller: Caller) -> UptimeView:
        caller.require(Role.VIEWER)
        page = require_seen(caller, await pages.get(slug), slug)
        now, zone = clock.now(), ZoneInfo(page.time_zone)
        periods = await pages.ended_periods(page.key, now - timedelta(days=DAYS + 1))
        periods += until_now(page.key, page.components, now)
        return UptimeView(
            time_zone=page.time_zone,
            components=[
                uptime_view(
                    one,
                    uptime(
                        [period for period in periods if period.component_id == one.id],
                        since=one.created_at,
                        now=now,
                        zone=zone,
                    ),
                )
                for one in page.components
            ],
        )

    return api
