"""`/status-pages`: the pages and their components. Managers keep them, everybody reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response

from services.comms.status_pages.access import require_own, require_seen, require_team
from services.comms.status_pages.api.views import (
    StatusPageView,
    page_view,
)
from services.comms.status_pages.page import PageIn, PagePatch, StatusPage, apply_patch, create_page, delete_page
from services.comms.status_pages.publisher import StatusPublisher
from services.comms.status_pages.store import StatusPages
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.vocabulary import Role
from shared.web import Caller, Page, check_version, decode_cursor, encode_cursor, etag, expected_version
from shared.web.paging import Cursor, Limit

PATH = "/status-pages"
IfMatch = Annotated[str | None, Header(description="The `ETag` of the version to change")]
SlugPath = Annotated[str, Path(min_length=1, max_length=63)]
Id = Annotated[str, Path(min_length=1, max_length=128)]
END = datetime(2200, 1, 1, tzinfo=UTC)


def routes(desk: StatusPublisher, pages: StatusPages, clock: Now, base_url: str) -> APIRouter:
    """`/status-pages` and `/status-pages/{slug}`."""
    api = APIRouter(tags=["communication"])

    def view(page: StatusPage, response: Response) -> StatusPageView:
        response.headers["ETag"] = etag(page.version)
        return page_view(page, base_url)

    @api.post(PATH, status_code=201, summary="Make a status page")
    async def create(body: PageIn, caller: Caller, response: Response) -> StatusPageView:
        caller.require(Role.MANAGER)
        require_team(caller, body.team)
        key = fresh("sp_")
        page = await desk.change(body.slug, lambda before: create_page(body, key, before, clock.now()))
        response.headers["Location"] = f"{PATH}/{page.slug}"
        return view(page, response)

    @api.get(PATH, summary="The status pages, by slug")
    async def list_pages(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[StatusPageView]:
        caller.require(Role.VIEWER)
        after = decode_cursor(cursor, str) or ""
        found = await pages.page(after, limit + 1, caller.teams)
        items = [page_view(one, base_url) for one in found[:limit]]
        return Page(items=items, next_cursor=encode_cursor(items[-1].slug) if len(found) > limit else None)

    @api.get(f"{PATH}/{{slug}}", summary="A status page and how its components stand")
    async def read(slug: SlugPath, caller: Caller, response: Response) -> StatusPageView:
        caller.require(Role.VIEWER)
        return view(require_seen(caller, await pages.get(slug), slug), response)

    @api.patch(f"{PATH}/{{slug}}", summary="Edit a status page")
    async def edit(
        slug: SlugPath, body: PagePatch, caller: Caller, response: Response, if_match: IfMatch = None
    ) -> StatusPageView:
        caller.require(Role.MANAGER)
        expected = expected_version(if_match)

        def decide(before: StatusPage | None) -> StatusPage:
            page = require_own(caller, before, slug)
            check_version(expected, page.version)
            after = apply_patch(page, body, clock.now())
            require_team(caller, after.team)
            return after

        return view(await desk.change(slug, decide), response)

    @api.delete(f"{PATH}/{{slug}}", status_code=204, summary="Take a status page off")
    async def remove(slug: SlugPath, caller: Caller, if_match: IfMatch = None) -> Response:
        caller.require(Role.MANAGER)
        expected = expected_version(if_match)

        def decide(before: StatusPage | None) -> StatusPage:
            page = require_own(caller, before, slug)
            check_version(expected, page.version)
            return delete_page(page, clock.now())

        await desk.change(slug, decide)
        return Response(status_code=204)

    return api
