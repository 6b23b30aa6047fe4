"""`GET /audit-log`, for admins of the whole: who did what, and whether the log is as it was written."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from services.gateway.audit_log.note import GENESIS, Chain, Linked, NoteKind
from services.gateway.audit_log.store import AuditStore
from shared.callers.identity import Identity
from shared.problem import forbidden, invalid
from shared.vocabulary import Role
from shared.web import Caller
from shared.web.paging import Cursor, Limit, Page, decode_cursor, encode_cursor

MOST_CHECKED = 10_000
_MOST_NUMBER = 2**53

Word = Annotated[str | None, Query(min_length=1, max_length=128)]


class NoteView(BaseModel):
    """One line of the log."""

    number: int
    at: datetime
    kind: NoteKind
    method: str
    path: str
    status: int
    reason: str
    key_id: str | None
    user_id: str | None
    role: Role | None
    address: str | None
    request_id: str
    count: int
    before: str
    hash: str


class ChainView(BaseModel):
    """Whether these notes are as they were written."""

    sound: bool
    checked: int
    first_broken: int | None
    """The number of the first note that was changed, or is missing."""
    through: int
    """The number of the last note that was looked at; `hash` is what it must keep to be sound later."""
    hash: str
    next_after: int | None
    """`after` for the next notes; null at the end of the log."""


def routes(store: AuditStore, chain: Chain) -> APIRouter:
    """`/audit-log` and `/audit-log/verification`."""
    router = APIRouter(prefix="/audit-log")

    @router.get("", summary="Who did what, newest first")
    async def list_notes(
        caller: Caller,
        *,
        kind: NoteKind | None = None,
        key_id: Word = None,
        user_id: Word = None,
        method: Word = None,
        path: Annotated[Word, Query(description="Exactly this path")] = None,
        request_id: Word = None,
        from_: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        to: AwareDatetime | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[NoteView]:
        _require_all_teams(caller)
        asked = {"kind": kind and kind.value, "key_id": key_id, "user_id": user_id, "method": method, "path": path}
        wanted: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
        if request_id is not None:
            wanted["request_id"] = request_id
        span = {"$gte": _require_sound("/from", from_), "$lt": _require_sound("/to", to)}
        if from_ is not None or to is not None:
            wanted["at"] = {name: moment for name, moment in span.items() if moment is not None}
        found, following = await store.before(await _start(store, cursor, to), wanted, limit, since=from_)
        return Page(items=[_view(one) for one in found], next_cursor=encode_cursor(following) if following else None)

    @router.get("/verification", summary="Whether the log is as it was written")
    async def verify(
        caller: Caller,
        after: Annotated[int, Query(ge=0, le=_MOST_NUMBER, description="The number to begin behind")] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_CHECKED)] = MOST_CHECKED,
    ) -> ChainView:
        _require_all_teams(caller)
        end, _ = await store.end()
        before = GENESIS if after == 0 else await store.hash_of(after)
        if before is None:
            raise invalid("/after", "there is no note with this number")
        linked = await store.after(after, limit)
        broken = chain.first_broken(linked, after, before)
        through = min(end, after + limit)
        if broken is None and len(linked) < through - after:
            broken = after + len(linked) + 1
        return ChainView(
            sound=broken is None,
            checked=len(linked),
            first_broken=broken,
            through=through,
            hash=linked[-1].hash if linked else before,
            next_after=through if through < end else None,
        )

    return router


async def _start(store: AuditStore, cursor: str | None, to: datetime | None) -> int:
    """The number in front of which a page begins."""
    if (before := decode_cursor(cursor, int)) is not None:
        return min(max(0, before), _MOST_NUMBER)
    end, _ = await store.end()
    return end + 1 if to is None else await store.number_at(to, end)


def _require_sound(pointer: str, moment: datetime | None) -> datetime | None:
    """A time that the database can compare with."""
    if moment is not None and not 1970 < moment.year < 9000:
        raise invalid(pointer, "a time between 1971 and 9000")
    return moment


def _require_all_teams(caller: Identity) -> None:
    if caller.teams:
        raise forbidden("The audit log tells of all teams; this key is limited to some.")


def _view(one: Linked) -> NoteView:
    note = one.note
    return NoteView(
        number=one.number,
        at=note.at,
        kind=note.kind,
        method=note.method,
        path=note.path,
        status=note.status,
        reason=note.reason,
        key_id=note.key_id,
        user_id=note.user_id,
        role=Role(note.role) if note.role in set(Role) else None,
        address=note.address,
        request_id=note.request_id,
        count=note.count,
        before=one.before,
        hash=one.hash,
    )
