"""`/status/{slug}`: what the public reads, without a key: pages, history, feeds, and Statuspage's JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response

from services.comms.status_pages.page import Post, StatusPage, UpdateStatus
from services.comms.status_pages.public import feeds, statuspage_json
from services.comms.status_pages.public.cache import PublicCopies
from services.comms.status_pages.public.days import past_since
from services.comms.status_pages.public.history import MOST_LEAVES, leaf_of
from services.comms.status_pages.public.html_pages import PublicHtml
from services.comms.status_pages.public.response import CACHED, HTML, Answer
from services.comms.status_pages.store import StatusPages
from services.comms.status_pages.uptime import DAYS
from shared.clocks.clock import Now
from shared.clocks.epoch import EPOCH
from shared.failures import is_dependency_failure
from shared.problem import not_found
from shared.web import is_known

PATH = "/status"
SlugPath = Annotated[str, Path(min_length=1, max_length=63)]
IfNoneMatch = Annotated[str | None, Header()]
FAR_OFF = datetime(2200, 1, 1, tzinfo=UTC)
MOST_ON_A_LEAF = 500
_OPEN_TO_SCRIPTS = {"Access-Control-Allow-Origin": "*"}
Draw = Callable[[StatusPage], Awaitable[Answer | None]]


class PublicPages:
    """Answers the public from copies that are made of the database."""

    def __init__(self, pages: StatusPages, copies: PublicCopies, html: PublicHtml, clock: Now, base_url: str) -> None:
        self._pages = pages
        self._copies = copies
        self.html = html
        self._clock = clock
        self._base_url = base_url

    async def html_of(self, slug: str, what: str, draw: Draw, if_none_match: str | None) -> Response:
        """A page for people, or a page that says why there is none and leads on, in the page's language."""
        try:
            answer = await self._copies.answer(slug, what, lambda: self._make_answer(slug, draw))
            page = await self.page(slug) if answer is None else None
        except Exception as error:
            if not is_dependency_failure(error):
                raise
            return self.answer_no_page("unavailable", 503)
        if answer is not None:
            return _to_response(answer, if_none_match)
        return self.answer_no_page("not_found", 404) if page is None else self.answer_sentence(page, "not_found", 404)

    async def data_of(self, slug: str, what: str, draw: Draw, if_none_match: str | None) -> Response:
        """A document for programs. Raises a 404 `Problem` when there is no such page."""
        answer = await self._copies.answer(slug, what, lambda: self._make_answer(slug, draw))
        if answer is None:
            raise not_found("status page", slug)
        return _to_response(answer, if_none_match)

    def answer_no_page(self, key: str, status: int) -> Response:
        """The answer when there is no such page: the sentence `key` in each language."""
        return Response(self.html.nothing(key), status, self._no_store_headers(), media_type=HTML)

    def answer_sentence(self, page: StatusPage, key: str, status: int = 200, action: str | None = None) -> Response:
        """A sentence of a page, with a button that posts to `action` when there is one."""
        return Response(self.html.notice(page, key, action=action), status, self._no_store_headers(), media_type=HTML)

    def _no_store_headers(self) -> dict[str, str]:
        return {**self.html.headers, "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}

    async def page(self, slug: str) -> StatusPage | None:
        """The page itself; None when there is none."""
        page = await self._pages.get(slug)
        return None if page is None or page.deleted else page

    async def _make_answer(self, slug: str, draw: Draw) -> Answer | None:
        page = await self.page(slug)
        return None if page is None else await draw(page)

    async def front(self, page: StatusPage) -> Answer:
        """How everything stands."""
        now = self._clock.now()
        posts = await self._pages.lasting(page, since=past_since(page, now), until=FAR_OFF, limit=MOST_ON_A_LEAF)
        periods = await self._pages.ended_periods(page.key, now - timedelta(days=DAYS + 1))
        # many components are many bars: pages to engineers must not wait for them
        return self._to_answer(await asyncio.to_thread(self.html.front, page, posts, periods, now))

    async def leaf(self, page: StatusPage, number: int) -> Answer | None:
        """One leaf of the history."""
        now = self._clock.now()
        leaf = leaf_of(page, number, now)
        posts = await self._pages.lasting(page, since=leaf.since, until=leaf.until, limit=MOST_ON_A_LEAF)
        return self._to_answer(await asyncio.to_thread(self.html.history, page, leaf, posts, now))

    async def single(self, page: StatusPage, id: str) -> Answer | None:
        """One post."""
        post = await self._pages.post(page, id)
        return None if post is None else self._to_answer(await asyncio.to_thread(self.html.single, page, post))

    async def newest(self, page: StatusPage) -> Sequence[Post]:
        """What feeds and lists tell of."""
        return await self._pages.history(page, since=EPOCH, until=FAR_OFF, limit=2 * statuspage_json.MOST)

    async def feed(self, page: StatusPage, kind: str) -> Answer:
        """Atom or RSS."""
        write = feeds.atom if kind == "atom" else feeds.rss
        body = await asyncio.to_thread(write, page, await self.newest(page), self._base_url)
        return Answer(body, f"application/{kind}+xml; charset=utf-8", _OPEN_TO_SCRIPTS)

    async def document(self, page: StatusPage, name: str) -> Answer | None:
        """One of Statuspage's documents; None for a name it does not have."""
        if name in _OF_PAGE:
            return _json(_OF_PAGE[name](page, self._base_url))
        if name not in _OF_POSTS:
            return None
        write, wanted = _OF_POSTS[name]
        posts = [one for one in await self.newest(page) if wanted(one)]
        return await asyncio.to_thread(lambda: _json(write(page, posts, self._base_url)))

    def _to_answer(self, text: str) -> Answer:
        return Answer(text.encode(), HTML, self.html.headers)


_OF_PAGE: dict[str, Callable[[StatusPage, str], dict[str, Any]]] = {
    "summary": statuspage_json.summary,
    "status": statuspage_json.status,
    "components": statuspage_json.components,
}
_OF_POSTS: dict[str, tuple[Callable[[StatusPage, Sequence[Post], str], dict[str, Any]], Callable[[Post], bool]]] = {
    "incidents": (statuspage_json.incidents, lambda _: True),
    "incidents/unresolved": (statuspage_json.incidents, lambda post: post.ended_at is None),
    "scheduled-maintenances": (statuspage_json.maintenances, lambda _: True),
    "scheduled-maintenances/upcoming": (
        statuspage_json.maintenances,
        lambda post: post.status is UpdateStatus.SCHEDULED,
    ),
    "scheduled-maintenances/active": (
        statuspage_json.maintenances,
        lambda post: post.ended_at is None and post.status is not UpdateStatus.SCHEDULED,
    ),
}

_PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}
_FEED: dict[int | str, dict[str, Any]] = {200: {"content": {"application/xml": {"schema": {"type": "string"}}}}}
_DATA: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}


def routes(desk: PublicPages) -> APIRouter:
    """`/status/{slug}`: the page, its history, its posts, its feeds and Statuspage's JSON."""
    api = APIRouter(tags=["status page"], default_response_class=Response)

    @api.get(PATH + "/{slug}/", include_in_schema=False)
    @api.get(PATH + "/{slug}", summary="The public status page", responses=_PAGE)
    async def front(slug: SlugPath, if_none_match: IfNoneMatch = None) -> Response:
        return await desk.html_of(slug, "", desk.front, if_none_match)

    @api.get(PATH + "/{slug}/history", summary="The incident history, three months a leaf", responses=_PAGE)
    async def history(
        slug: SlugPath, page: Annotated[int, Query(ge=1, le=MOST_LEAVES)] = 1, if_none_match: IfNoneMatch = None
    ) -> Response:
        return await desk.html_of(slug, f"history {page}", lambda it: desk.leaf(it, page), if_none_match)

    @api.get(PATH + "/{slug}/incidents/{id}", summary="One incident or maintenance", responses=_PAGE)
    async def single(
        slug: SlugPath, id: Annotated[str, Path(max_length=64)], if_none_match: IfNoneMatch = None
    ) -> Response:
        return await desk.html_of(slug, f"incidents {id}", lambda it: desk.single(it, id), if_none_match)

    @api.get(PATH + "/{slug}/feed.atom", summary="The Atom feed", responses=_FEED)
    async def atom(slug: SlugPath, if_none_match: IfNoneMatch = None) -> Response:
        return await desk.data_of(slug, "atom", lambda it: desk.feed(it, "atom"), if_none_match)

    @api.get(PATH + "/{slug}/feed.rss", summary="The RSS feed", responses=_FEED)
    async def rss(slug: SlugPath, if_none_match: IfNoneMatch = None) -> Response:
        return await desk.data_of(slug, "rss", lambda it: desk.feed(it, "rss"), if_none_match)

    async def document(request: Request, slug: SlugPath, if_none_match: IfNoneMatch = None) -> Response:
        name = request.url.path.partition("/api/v2/")[2].removesuffix(".json")
        return await desk.data_of(slug, name, lambda it: desk.document(it, name), if_none_match)

    for name in (*_OF_PAGE, *_OF_POSTS):
        api.add_api_route(
            f"{PATH}/{{slug}}/api/v2/{name}.json",
            document,
            operation_id=f"statuspage_{name.replace('/', '_').replace('-', '_')}",
            summary=f"Statuspage's {name}.json",
            responses=_DATA,
        )

    return api


def _json(document: dict[str, Any]) -> Answer:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(body, "application/json; charset=utf-8", _OPEN_TO_SCRIPTS)


def _to_response(answer: Answer, if_none_match: str | None) -> Response:
    headers = {**answer.headers, "Cache-Control": CACHED, "ETag": answer.etag}
    if is_known(if_none_match, answer.etag):
        return Response(status_code=304, headers=headers)
    return Response(answer.body, headers=headers, media_type=answer.media_type)
