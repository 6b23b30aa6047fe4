"""`GET /knowledge-base/patterns` and the document `/knowledge-base/patterns.md`, which people write their notes in."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from services.analytics.clusters.cluster_cache import ClusterCache
from services.analytics.patterns.api.views import NotesTaken, PatternView, pattern_view
from services.analytics.patterns.document import LONGEST_DOCUMENT, TOP, read_notes, render_document
from services.analytics.patterns.kept_pattern import KeptPattern
from services.analytics.patterns.pattern import Pattern, patterns_of
from services.analytics.patterns.store import Patterns
from shared.callers.identity import Identity
from shared.outbox.races import decide_and_commit
from shared.problem import malformed, too_large
from shared.process.off_loop import OffLoop
from shared.team_scope import require_team
from shared.text.charsets import charset_of, decode
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit

FILE_NAME = "INCIDENT_PATTERNS_KB.md"


def routes(cache: ClusterCache, patterns: Patterns) -> APIRouter:
    """The endpoints. Everybody reads, managers whose key is not limited to teams give the document back."""
    router = APIRouter(tags=["knowledge base"])
    off_loop = OffLoop()

    async def found_for(caller: Identity) -> list[Pattern]:
        seen = await off_loop.run((await cache.fresh()).limited_to, caller.teams)
        return await off_loop.run(patterns_of, seen.incidents, seen.memberships, seen.actions, seen.runbooks)

    @router.get("/knowledge-base/patterns")
    async def list_patterns(caller: Caller, limit: Limit = 50, cursor: Cursor = None) -> Page[PatternView]:
        """The most frequent first."""
        caller.require(Role.VIEWER)
        found = await found_for(caller)
        begin = max(decode_cursor(cursor, int) or 0, 0)
        kept = await patterns.all()
        return Page(
            items=[pattern_view(one, kept.get(one.id)) for one in found[begin : begin + limit]],
            next_cursor=encode_cursor(begin + limit) if begin + limit < len(found) else None,
        )

    @router.get("/knowledge-base/patterns.md", response_class=Response)
    async def read_document(caller: Caller) -> Response:
        """The document; what stands between the `notes` markers can be edited and given back with `PUT`."""
        caller.require(Role.VIEWER)
        found = await found_for(caller)
        shown = {TOP, *(one.id for one in found)}
        kept = await patterns.all()
        notes = {key: one.notes for key, one in kept.items() if not caller.teams or key in shown}
        text = await off_loop.run(render_document, found, notes)
        headers = {"Content-Disposition": f'inline; filename="{FILE_NAME}"'}
        return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)

    @router.put("/knowledge-base/patterns.md")
    async def take_document(request: Request, caller: Caller) -> NotesTaken:
        """Takes the notes out of a document that was edited; all else in it is not looked at."""
        caller.require(Role.MANAGER)
        require_team(caller, None)
        body = await request.body()
        if len(body) > LONGEST_DOCUMENT:
            raise too_large(LONGEST_DOCUMENT)
        if b"\x00" in body and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise malformed("The document is not a text.")
        written = decode(body, charset_of(request.headers.get("content-type", "")))
        if written.notes:
            raise malformed(written.notes[-1])
        notes = await off_loop.run(read_notes, written.text)

        async def commit(changed: list[KeptPattern]) -> set[str]:
            return await patterns.write(changed)

        changed = await decide_and_commit(patterns.all, lambda kept: _changed(kept, notes, caller.author), commit)
        there = {TOP, *(one.id for one in await found_for(caller))}
        return NotesTaken(
            changed=sorted(one.id for one in changed),
            unchanged=len(notes) - len(changed),
            unknown=sorted(key for key, text in notes.items() if text and key not in there),
        )

    return router


def _changed(kept: Mapping[str, KeptPattern], notes: Mapping[str, str], by: str) -> list[KeptPattern]:
    """What is kept of the patterns whose notes are others than before."""
    return [
        known.changed(notes=text, notes_by=by)
        for key, text in notes.items()
        if (known := kept.get(key) or KeptPattern(id=key)).notes != text
    ]
