"""Who may see and change what: a key that is limited to teams has to do with its teams' incidents and services only.

Viewers read, responders work on incidents, managers keep the catalogue. What belongs to another team is not seen (404)
and not changed (403).
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.problem import forbidden


def in_scope(teams: Sequence[str], team: str | None) -> bool:
    """True when a key that is limited to `teams` (empty: not limited) may have to do with what `team` owns."""
    return not teams or team in teams


def require_everybodys(teams: Sequence[str]) -> None:
    """Raise a 403 `Problem` for a key that is limited to teams: what belongs to no team is not theirs to change."""
    if teams:
        raise forbidden("This belongs to everybody; a key that is limited to teams may only read it.")


def require_scope(teams: Sequence[str], team: str | None) -> None:
    """Raise a 403 `Problem` unless `in_scope`."""
    if not in_scope(teams, team):
        raise forbidden("This belongs to a team that the key is not for.")
