"""`GET /reviews`, `/reviews/{id}`, `.md` and `.html`. A review is of the whole house, and so are those who read it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.analytics.reviews.api.views import ReviewHeadView, ReviewView, review_view
from services.analytics.reviews.page import html_page
from services.analytics.reviews.review import Review
from services.analytics.reviews.schedule import ReviewKind
from services.analytics.reviews.store import Reviews
from services.analytics.reviews.written import review_text
from shared.callers.identity import Identity
from shared.i18n.language import Locale
from shared.problem import not_found
from shared.process.off_loop import OffLoop
from shared.team_scope import require_team
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

Lang = Annotated[Locale, Query(description="the language: en, ja or fa")]
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
}


def routes(reviews: Reviews, base_url: str) -> APIRouter:
    """The endpoints; the endings come before `/reviews/{id}`, which would take them for a part of the id."""
    router = APIRouter(tags=["reviews"])
    off_loop = OffLoop()

    async def require(id_: str, caller: Identity) -> Review:
        caller.require(Role.VIEWER)
        require_team(caller, None)
        found = await reviews.get(id_[:200])
        if found is None:
            raise not_found("review", id_[:200])
        return found

    @router.get("/reviews")
    async def list_reviews(
        caller: Caller, kind: ReviewKind | None = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[ReviewHeadView]:
        """The newest first."""
        caller.require(Role.VIEWER)
        require_team(caller, None)
        found = await reviews.page(kind, decode_cursor(cursor, datetime, str), limit + 1)
        shown, last = found[:limit], found[limit - 1] if len(found) > limit else None
        return Page(
            items=[ReviewHeadView.model_validate(one) for one in shown],
            next_cursor=encode_cursor(last.made_at, last.id) if last is not None else None,
        )

    @router.get("/reviews/{id}.md", response_class=Response, responses={200: {"content": {"text/markdown": {}}}})
    async def read_as_markdown(id: str, caller: Caller, lang: Lang = Locale.EN) -> Response:
        """The review as Markdown; each number is a link to what it is made of."""
        text = review_text(await require(id, caller), lang, base_url)
        return Response(text.markdown, media_type="text/markdown; charset=utf-8", headers=_SAFE)

    @router.get("/reviews/{id}.html", response_class=Response, responses={200: {"content": {"text/html": {}}}})
    async def read_as_html(id: str, caller: Caller, lang: Lang = Locale.EN) -> Response:
        """A page that stands alone and prints, with its chart."""
        review = await require(id, caller)
        page = await off_loop.run(html_page, review, review_text(review, lang, base_url), lang)
        return Response(page, media_type="text/html; charset=utf-8", headers=_SAFE)

    @router.get("/reviews/{id}")
    async def read_review(id: str, caller: Caller) -> ReviewView:
        """The numbers and what they are of, in no language."""
        return review_view(await require(id, caller))

    return router
