"""Who may see and change what people keep in comms: a key that is limited to teams changes only what is its teams'.

What belongs to another team is not seen (404) and not changed (403); what belongs to no team is there for all to read.
"""

from __future__ import annotations

from shared.callers.identity import Identity
from shared.problem import forbidden, not_found


def may_see(caller: Identity, team: str | None) -> bool:
    """True when what belongs to `team` (None: to nobody) is the caller's to know of."""
    return not caller.teams or team is None or team in caller.teams


def require_seen(caller: Identity, team: str | None, what: str, key: str) -> None:
    """Raise a 404 `Problem` about the `what` with this key unless the caller may see it."""
    if not may_see(caller, team):
        raise not_found(what, key)


def require_team(caller: Identity, team: str | None) -> None:
    """Raise a 403 `Problem` when the caller is limited to teams and this is none of them."""
    if caller.teams and team not in caller.teams:
        raise forbidden("This belongs to a team that the key is not for.")
