"""What the endpoints below `/drills/{id}` begin with: the drill, if it is the caller's to see."""

from __future__ import annotations

from services.oncall.drills.drill import Drill
from services.oncall.drills.store import Drills, KeptDrill
from shared.callers.identity import Identity
from shared.problem import forbidden, not_found
from shared.vocabulary import Role

PATH = "/drills"
SCENARIOS = "scenarios"
"""An address below it, so no drill can have it for an id."""


async def find_drill(drills: Drills, id_: str, caller: Identity) -> KeptDrill:
    """The drill. Raises a 404 `Problem` when there is none, or it is another team's.

    A drill of nobody's team is seen by keys that are not limited, and by whoever made it.
    """
    kept = (await drills.get([id_])).get(id_)
    if kept is not None:
        plan = kept.drill.plan
        if not caller.teams or plan.team in caller.teams or plan.made_by_key == caller.key_id:
            return kept
    raise not_found("drill", id_)


def require_theirs(drill: Drill, caller: Identity) -> None:
    """Raise a 403 `Problem` unless the caller may stop it: a manager of its team, or who made it."""
    if drill.plan.made_by_key == caller.key_id:
        return
    caller.require(Role.MANAGER)
    if caller.teams and drill.plan.team not in caller.teams:
        raise forbidden("This belongs to a team that the key is not for.")
