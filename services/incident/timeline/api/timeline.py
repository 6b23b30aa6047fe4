"""`/incidents/{id}/timeline` and `/incidents/{id}/alerts`: the lists that grow with an incident."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.incident.incidents.alert_member import number_in
from services.incident.incidents.api.editing import edit_incident
from services.incident.incidents.api.lookup import actor_of, require_incident
from services.incident.incidents.participants import is_noted, note_entry
from services.incident.incidents.store.alert_members import Members, newest_of
from services.incident.incidents.store.incidents import Incidents, Stored
from services.incident.timeline.api.views import EntryView, MemberView, entry_view, member_view
from services.incident.timeline.entry import MAX_ENTRY, Entry, EntryKind
from services.incident.timeline.store import Timeline
from shared.clocks.clock import Now
from shared.ids import fresh
from shared.vocabulary import Role
from shared.web import Caller, Page, decode_cursor, encode_cursor
from shared.web.paging import Cursor, Limit


class EntryIn(BaseModel):
    """The body that adds to a timeline."""

    model_config = ConfigDict(extra="ignore")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_ENTRY)]
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = EntryKind.NOTE.value


def routes(incidents: Incidents, timeline: Timeline, members: Members, clock: Now) -> APIRouter:
    """The endpoints of the lists below an incident."""
    router = APIRouter(tags=["incidents"])

    @router.post("/incidents/{id}/timeline", status_code=201)
    async def add_entry(id: str, body: EntryIn, caller: Caller, response: Response) -> EntryView:
        caller.require(Role.RESPONDER)
        incident = (await require_incident(incidents, id, caller, to_change=True)).incident
        entry = Entry(
            id=fresh("n"),
            incident_id=incident.id,
            at=clock.now(),
            kind=body.kind,
            author=actor_of(caller).name,
            text=body.text,
        )
        await timeline.write([(entry, 0)])
        if not is_noted(incident, caller.user_id):
            await edit_incident(
                incidents, id, caller, None, lambda one: note_entry(one, caller.user_id, entry.author, entry.at)
            )
        response.headers["Location"] = f"/incidents/{incident.id}/timeline"
        return entry_view(entry)

    @router.get("/incidents/{id}/timeline")
    async def read_timeline(id: str, caller: Caller, limit: Limit = 100, cursor: Cursor = None) -> Page[EntryView]:
        caller.require(Role.VIEWER)
        stored = await require_incident(incidents, id, caller)
        after = decode_cursor(cursor, datetime, str)
        absorbed = await _read_absorbed(incidents, stored)
        waiting = [entry for one in (stored, *absorbed) for entry in one.waiting_entries]
        keys = [one.incident.id for one in absorbed]
        found = await timeline.page(stored.incident.id, after, limit + 1, waiting, absorbed=keys)
        shown = found[:limit]
        more = len(found) > limit
        return Page(
            items=[entry_view(entry) for entry in shown],
            next_cursor=encode_cursor(shown[-1].at, shown[-1].id) if more else None,
        )

    @router.get("/incidents/{id}/alerts")
    async def read_alerts(id: str, caller: Caller, limit: Limit = 100, cursor: Cursor = None) -> Page[MemberView]:
        caller.require(Role.VIEWER)
        stored = await require_incident(incidents, id, caller)
        end, beyond = stored.incident.alerts.count + 1, decode_cursor(cursor, int)
        below = end if beyond is None else max(0, min(beyond, end))
        held = [member for one in (stored, *await _read_absorbed(incidents, stored)) for member in one.waiting_members]
        numbered = [one.changed(number=number_in(stored.incident, one)) for one in held]
        waiting = [one for one in numbered if below - limit <= one.number < below]
        kept = await members.of_merged(stored.incident, below, limit)
        found = sorted(newest_of([*kept, *waiting]).values(), key=lambda one: one.number, reverse=True)
        return Page(
            items=[member_view(one) for one in found],
            next_cursor=encode_cursor(below - limit) if below - limit > 1 else None,
        )

    return router


async def _read_absorbed(incidents: Incidents, stored: Stored) -> list[Stored]:
    """The incidents that were merged into this one; their documents may still hold members and entries."""
    if not stored.incident.absorbed:
        return []
    return list((await incidents.by_ids(one.id for one in stored.incident.absorbed)).values())
