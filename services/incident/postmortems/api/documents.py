"""`/postmortems/{id}.md` and `.html`: a post-mortem to take away, as Markdown and as a page that prints."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.incident.postmortems.api.editing import PostmortemEditing
from services.incident.postmortems.documents import CONTENT_POLICY
from shared.web import Caller

_SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": CONTENT_POLICY}


def routes(editing: PostmortemEditing) -> APIRouter:
    """The endpoints; they come before `/postmortems/{id}`, which would take the ending for a part of the id."""
    router = APIRouter(tags=["postmortems"])

    @router.get("/postmortems/{id}.md", response_class=Response, responses={200: {"content": {"text/markdown": {}}}})
    async def read_as_markdown(id: str, caller: Caller) -> Response:
        kept = await editing.require(id, caller)
        text = await editing.markdown(kept.postmortem)
        return Response(text, media_type="text/markdown; charset=utf-8", headers=_SAFE)

    @router.get("/postmortems/{id}.html", response_class=Response, responses={200: {"content": {"text/html": {}}}})
    async def read_as_html(id: str, caller: Caller) -> Response:
        """A page that stands alone and prints."""
        kept = await editing.require(id, caller)
        text = await editing.html(kept.postmortem)
        return Response(text, media_type="text/html; charset=utf-8", headers=_SAFE)

    return router
