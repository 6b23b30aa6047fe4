"""How a responder's call changes an incident: decided on what is stored, and again when somebody else was faster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header

from services.incident.incidents.api.lookup import require_incident
from services.incident.incidents.edit import Edit
from services.incident.incidents.incident import Incident
from services.incident.incidents.store.incidents import Incidents
from shared.callers.identity import Identity
from shared.outbox.races import decide_and_commit
from shared.vocabulary import Role
from shared.web import check_version, expected_version

IfMatch = Annotated[str | None, Header(description='The version that the caller saw, as in `ETag`: "7"')]


Decide = Callable[[Incident], Edit] | Callable[[Incident], Awaitable[Edit]]
"""Makes the edit of the incident as it stands; one that must read more for it is waited for."""


async def edit_incident(
    incidents: Incidents, id: str, caller: Identity, if_match: str | None, decide: Decide
) -> Incident:
    """The incident after what `decide` makes of it. Raises a `Problem`: 403, 404, 412, and what `decide` raises."""
    caller.require(Role.RESPONDER)
    expected = expected_version(if_match)

    async def read() -> Incident:
        incident = (await require_incident(incidents, id, caller, to_change=True)).incident
        check_version(expected, incident.version)
        return incident

    async def decide_once(incident: Incident) -> Edit:
        edit = decide(incident)
        return edit if isinstance(edit, Edit) else await edit

    edit = await decide_and_commit(read, decide_once, lambda edit: incidents.commit([edit]))
    return edit.after if edit.is_empty else edit.after.changed(version=edit.base + 1)
