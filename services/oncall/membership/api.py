"""Membership as the endpoints of people and teams need it: read as it is stored, written with the person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from services.oncall.directory.api.editing import Patch
from services.oncall.directory.entry import Entry, Kind
from services.oncall.directory.people import Team
from services.oncall.directory.store import DirectoryStore
from services.oncall.membership.rules import require_joined, require_person, teams_of
from services.oncall.schedules.plan import UserId
from shared.callers.identity import Identity
from shared.clocks.clock import Now
from shared.problem import invalid

TeamIds = Annotated[list[UserId], Field(max_length=100, description="Ids of the teams that the person is a member of")]
_TEAM_IDS = TypeAdapter(TeamIds)


class Membership:
    """Who is in which team."""

    def __init__(self, directory: DirectoryStore, clock: Now) -> None:
        self._directory = directory
        self._clock = clock

    async def teams(self, caller: Identity) -> Mapping[str, Team]:
        """All teams; for who is limited to some also what another replica wrote a moment ago."""
        if caller.teams:
            await self._directory.look()
        return self._directory.now.teams

    async def of(self, user_id: str, caller: Identity) -> frozenset[str]:
        """The ids of a person's teams."""
        return teams_of(user_id, await self.teams(caller))

    async def read_teams_of(self, user_id: str, patch: Patch, caller: Identity) -> list[str] | None:
        """The team ids in a patch of a person, None where it has none.

        Raises a `Problem`: 403 for a person, or a team to enter or leave, that is not the caller's; 422 for no list.
        """
        present = await self.of(user_id, caller)
        require_person(caller, present)
        if "teams" not in patch:
            return None
        try:
            wanted = _TEAM_IDS.validate_python(patch["teams"] or [])
        except ValidationError as error:
            raise invalid("/teams", "a list of ids of teams") from error
        if moved := present ^ set(wanted):
            require_joined(caller, sorted(moved))
        return wanted

    async def decide_teams(self, user_id: str, wanted: Collection[str] | None) -> Sequence[Entry]:
        """The team entries to write so that a person belongs to `wanted` and to no other team; None changes nothing.

        Raises a 422 `Problem` for a team that is not there.
        """
        if wanted is None:
            return ()
        found: list[Entry] = []
        for team_id in sorted(teams_of(user_id, self._directory.now.teams) | set(wanted)):
            entry = await self._directory.get(Kind.TEAM, team_id)
            if entry is None or not isinstance(entry.content, Team):
                if team_id in wanted:
                    raise invalid("/teams", f"there is no team with the id {team_id!r}")
                continue
            others = [one for one in entry.content.members if one != user_id]
            members = [*others, user_id] if team_id in wanted else others
            if set(members) != set(entry.content.members):
                team = Team.model_validate({**entry.content.model_dump(), "members": members})
                found.append(entry.with_content(team, self._clock.now()))
        return found
