"""Who may change what: responders make overrides, managers keep people and plans, everybody with a key reads.

A key that is limited to teams changes only what belongs to one of them, and does not see what belongs to another team;
a plan or policy that belongs to no team is there for all to read.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.callers.identity import Identity
from shared.problem import forbidden, not_found


def require_team(caller: Identity, team: str | None) -> None:
    """Raise a 403 `Problem` when the caller is limited to teams and this is none of them."""
    if caller.teams and team not in caller.teams:
        raise forbidden("This belongs to a team that the key is not for.")


def may_see(teams: Sequence[str], team: str | None) -> bool:
    """True when what belongs to `team` (None: to nobody) may be known to who is limited to `teams` (empty: not)."""
    return not teams or team is None or team in teams


def require_seen(caller: Identity, team: str | None, what: str, key: str) -> None:
    """Raise a 404 `Problem` about the `what` with this key unless the caller may see it."""
    if not may_see(caller.teams, team):
        raise not_found(what, key)
