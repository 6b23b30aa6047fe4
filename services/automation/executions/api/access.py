"""Who may see and answer which executions: those of incidents and of runbooks that the caller may see."""

from __future__ import annotations

from services.automation.executions.execution import Actor, Execution
from services.automation.executions.store.executions import Executions
from shared.callers.identity import Identity
from shared.problem import forbidden, not_found
from shared.team_scope import may_see
from shared.vocabulary import Role

WHAT = "execution"


def actor_of(caller: Identity) -> Actor:
    """The caller, as executions name them."""
    return Actor(user_id=caller.user_id, key_id=caller.key_id, name=caller.author)


def may_see_incident(caller: Identity, team: str | None) -> bool:
    """As the incident service has it: a key that is limited to teams sees its teams' incidents and no others."""
    return not caller.teams or team in caller.teams


async def find_seen(executions: Executions, id: str, caller: Identity, *, to_change: bool = False) -> Execution:
    """The execution. Raises a `Problem`: 404 for one that the caller may not see, 403 where it is to be changed."""
    caller.require(Role.RESPONDER if to_change else Role.VIEWER)
    found = await executions.find(id)
    if found is None:
        raise not_found(WHAT, id)
    if may_see_incident(caller, found.incident_team) and may_see(caller, found.team):
        return found
    raise forbidden("This belongs to a team that the key is not for.") if to_change else not_found(WHAT, id)
