"""Who may change what: responders make overrides, managers keep people and plans, everybody with a key reads.

A key that is limited to teams changes only what belongs to one of them.
"""

from __future__ import annotations

from shared.identity import Identity
from shared.problem import forbidden


def require_team(caller: Identity, team: str | None) -> None:
    """Raise a 403 `Problem` when the caller is limited to teams and this is none of them."""
    if caller.teams and team not in caller.teams:
        raise forbidden("This belongs to a team that the key is not for.")
