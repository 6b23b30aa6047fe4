"""Whose a status page is: a key that is limited to teams sees and changes only its teams' pages.

What belongs to another team is not seen (404) and not changed (403).
"""

from __future__ import annotations

from services.comms.status_pages.page import StatusPage
from shared.callers.identity import Identity
from shared.problem import forbidden, not_found


def require_seen(caller: Identity, page: StatusPage | None, slug: str) -> StatusPage:
    """The page, or a 404 `Problem` when it is not there for this caller."""
    if page is None or page.deleted or (caller.teams and page.team not in caller.teams):
        raise not_found("status page", slug)
    return page


def require_own(caller: Identity, page: StatusPage | None, slug: str) -> StatusPage:
    """The page, or a `Problem`: 404 when there is none, 403 when it is another team's."""
    if page is None or page.deleted:
        raise not_found("status page", slug)
    require_team(caller, page.team)
    return page


def require_team(caller: Identity, team: str | None) -> None:
    """Raise a 403 `Problem` when the caller is limited to teams and this is none of them."""
    if caller.teams and team not in caller.teams:
        raise forbidden("This status page belongs to a team that the key is not for.")
