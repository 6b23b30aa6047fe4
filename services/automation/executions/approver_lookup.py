"""Looks up whom an execution that waits for an approval asks, as people, teams and the incident are now."""

from __future__ import annotations

from services.automation.executions.execution import Execution
from services.automation.incident_copies.store import IncidentCopies
from services.automation.people.approvers import choose_approvers, require_asked, require_role
from services.automation.people.store import People


class ApproverLookup:
    """Asks the copies, and writes nothing."""

    def __init__(self, people: People, copies: IncidentCopies) -> None:
        self._people = people
        self._copies = copies

    async def find(self, execution: Execution) -> list[str]:
        """The ids of those who are asked."""
        concerned = await self._concerned(execution)
        without = execution.own_people
        found = choose_approvers(concerned, await self._people.roles(concerned), (), without)
        return found or choose_approvers((), {}, await self._people.stand_ins(), without)

    async def require(self, execution: Execution, user_id: str) -> None:
        """Raise a `Problem` for who may not answer it from a message: 410, or 403.

        Whose own it is may: what they must not approve they may reject (`answers`).
        """
        require_role(user_id, (await self._people.roles([user_id])).get(user_id))
        if user_id not in execution.own_people:
            require_asked(user_id, await self.find(execution))

    async def _concerned(self, execution: Execution) -> list[str]:
        incidents = await self._copies.open_incidents([execution.incident_id])
        incident = incidents.get(execution.incident_id)
        if incident is None:
            holders = [one for held in execution.role_holders.values() for one in held]
            named = [*holders, *execution.assignees, *execution.participants]
        else:
            named = [*(role.user_id for role in incident.roles), *incident.assignees, *incident.participants]
        teams = [team for team in (execution.incident_team, execution.team) if team is not None]
        return list(dict.fromkeys([*named, *(await self._people.members_of(teams) if teams else ())]))
