"""`/` and `/docs`: the first pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.gateway.openapi.html_pages import HEADERS, docs_page, landing_page
from services.gateway.openapi.merge import Document


def routes(
    document: Callable[[], Document],
    parts: Callable[[], dict[str, bool]],
    unpaged: Callable[[], Awaitable[int | None]],
    base_url: str,
) -> APIRouter:
    """`/` and `/docs`; `unpaged` tells how many services would page nobody, None when that can't be told."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/")
    async def landing() -> HTMLResponse:
        return HTMLResponse(landing_page(parts(), base_url, await unpaged()), headers=dict(HEADERS))

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(document()), headers=dict(HEADERS))

    return router
